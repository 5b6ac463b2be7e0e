import { judgeDaemon } from '../../src/doctor/daemon.ts';
import { atWork, startWatch } from '../support/daemon-frontend.ts';
import { visit, wellFrontend } from '../support/doctor-facts.ts';
import { needs } from '../support/needs.ts';
import { refused, status } from '../support/page/sample.ts';

const name = 'podfront watch running';

needs('haproxy', 'ip')('a daemon that runs passes, and one that has ended fails or warns, with the remedy', async (t) => {
  const { front, watching } = await atWork(t);
  const running = (await visit(t, front)).check(name);
  t.is(running.result, 'pass');
  t.regex(running.seen, /^version \d+\.\d+\.\d+, since .*; traffic: /);
  watching.kill('SIGTERM');
  await watching.ended;
  const stopped = (await visit(t, front)).check(name);
  t.is(stopped.result, 'fail');
  t.regex(stopped.seen, /status\.sock/);
  t.regex(stopped.seen, /^no daemon manages .*, although status is set: /);
  t.regex(stopped.remedy, /start podfront watch.*remove status/);
});

needs('haproxy', 'ip')('without a status address the lock of the output tells whether a daemon runs', async (t) => {
  const front = await wellFrontend(t);
  t.is((await visit(t, front)).check(name).result, 'warn');
  const watching = startWatch(t, front);
  await watching.says(/keeping /);
  const locked = (await visit(t, front)).check(name);
  t.is(locked.result, 'pass');
  t.regex(locked.seen, /status is none/);
});

needs()('a daemon of another version, output or configuration is worth a warning', (t) => {
  const { output, version } = status();
  const judge = (given: Parameters<typeof status>[0], installed = version, file = output) => judgeDaemon(status(given), installed, file);
  t.is(judge({}).result, 'pass');
  t.is(judge({ ready: false }).result, 'warn');
  t.regex(judge({}, '9.9.9').seen, /9\.9\.9 is installed/);
  t.regex(judge({}, version, '/other.cfg').seen, /instead of \/other\.cfg/);
  t.regex(judge({ config: { file: 'x', problem: refused } }).seen, /earlier configuration: cluster DNS refuses the question/);
});
