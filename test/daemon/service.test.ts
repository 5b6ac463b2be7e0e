import { type ChildProcess, spawn } from 'node:child_process';
import { chown, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { reservePort } from '../../demo/ports.ts';
import type { Status } from '../../src/status/status.ts';
import { atWork, bundled, eventually, frontend, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';
import { asNobody, nobody, podfrontForAnybody } from '../support/other-user.ts';

const haproxyTest = needs('haproxy');
const notifyTest = needs('haproxy', 'systemd-notify', 'perl');
const rootTest = needs('haproxy', 'root', 'setpriv');

/** What a service manager would hear. Node has no datagram sockets of the unix kind; perl does. */
async function manager(t: ExecutionContext, path: string): Promise<() => string> {
  const program = `use IO::Socket::UNIX; use Socket; $| = 1;
    my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die; print "listening\\n";
    while (1) { my $m; recv($s, $m, 4096, 0); print "$m\\n" if length $m; }`;
  const child: ChildProcess = spawn('perl', ['-e', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill());
  let heard = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (heard += text));
  await eventually('the service manager listens', () => heard.includes('listening'));
  return () => heard;
}

notifyTest('The service manager hears of readiness after the first good turn, of reloading, of life and of the end', async (t) => {
  const front = await frontend(t);
  const heard = await manager(t, join(front.folder, 'notify'));
  front.cluster.fault('servfail');
  const watching = startWatch(t, front, [], { NOTIFY_SOCKET: join(front.folder, 'notify'), WATCHDOG_USEC: '3000000' });
  await eventually('life is told', () => heard().includes('WATCHDOG=1'));
  t.false(heard().includes('READY=1'));
  t.is((await watching.get('/readyz')).status, 503);
  front.cluster.fault('none');
  await eventually('readiness is told', () => /READY=1\nSTATUS=1 listens, 2 pods/.test(heard()));
  t.is((await watching.get('/readyz')).status, 200);
  watching.kill('SIGHUP');
  await eventually('reloading and readiness are told', () => /RELOADING=1\nMONOTONIC_USEC=\d+[\s\S]*READY=1/.test(heard()));
  watching.kill('SIGTERM');
  t.is(await watching.ended, 0);
  t.true(heard().includes('STOPPING=1'));
});

rootTest('It runs as a user that owns nothing but its output folder, and reloads HAProxy over the master socket', async (t) => {
  const front = await frontend(t);
  const master = join(front.folder, 'open.sock');
  const haproxyWith = { reload: { master } };
  await front.configure({ haproxy: haproxyWith });
  await startWatch(t, front, ['--once']).ended;
  for (const name of ['', 'podfront.yaml', 'haproxy.cfg']) await chown(join(front.folder, name), nobody, nobody);
  const haproxy = await front.startHaproxy(['-S', `${master},mode,660,gid,${nobody}`]);
  const next = startWatch(t, front, [], {}, [...asNobody(), ...(await podfrontForAnybody())]);
  await next.until(({ haproxy }) => haproxy.current);
  await front.configure({ haproxy: { ...haproxyWith, global: 'maxconn 123' } });
  const { reloads, lastReload } = await next.until(({ reloads, failedReloads }) => reloads + failedReloads === 1);
  t.deepEqual([reloads, lastReload?.problem ?? null], [1, null]);
  t.is((await haproxy.processes()).reloads, 1);
  t.regex(await front.text(), /maxconn 123/);
  t.regex(await front.get(), /^pod/);
});

haproxyTest('watch --once does one full turn and ends; its status tells what came of it', async (t) => {
  const front = await frontend(t);
  await front.configure({ haproxy: { reload: 'none' } });
  t.is(await startWatch(t, front, ['--once']).ended, 0);
  t.regex(await front.text(), /init-addr 127/);

  front.cluster.fault('servfail');
  await front.configure({ haproxy: { reload: 'none' }, listen: { bad: { serviceName: 'bad', podPort: 80 } } });
  t.is(await startWatch(t, front, ['--once']).ended, 3);
  t.regex(await front.text(), /init-addr 127/);

  front.cluster.fault('none');
  await front.configure({
    haproxy: { reload: 'none' },
    listen: { worse: { serviceName: 'web', podPort: 80, haproxyExtraConfig: 'nonsense' } },
  });
  t.is(await startWatch(t, front, ['--once']).ended, 4);
  t.false((await front.text()).includes('nonsense'));
});

haproxyTest('watch --dry-run decides and reports, and touches nothing', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  watching.kill('SIGTERM');
  await watching.ended;
  const [files, text] = [await readdir(front.folder), await front.text()];
  const added = { serviceName: 'web', podPort: front.pods.port, binds: [`127.0.0.1:${await reservePort()}`] };
  await front.configure({
    haproxy: { global: 'maxconn 123' },
    listen: { web: { binds: [`127.0.0.1:${front.port}`], podPort: front.pods.port, mode: 'tcp' }, added },
  });
  const dry = startWatch(t, front, ['--once', '--dry-run']);
  t.is(await dry.ended, 0);
  const change = ['  listen web: other lines', '  listen added is added', '  sections beside the listens change'];
  t.true(dry.said().includes(`reload: the file differs in more than known addresses\n${change.join('\n')}\n`), dry.said());
  t.is(await front.text(), text);
  t.deepEqual(await readdir(front.folder), files);
  t.is((await haproxy.processes()).reloads, 0);
});

haproxyTest('watch --dry-run goes on until it is ended, tells its decision at each change, and touches nothing', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  watching.kill('SIGTERM');
  await watching.ended;
  const [files, text] = [await readdir(front.folder), await front.text()];
  const dry = startWatch(t, front, ['--dry-run']);
  await dry.says(/^keep: the file is up to date$/m);
  let from = dry.said().length;
  await front.configure({ haproxy: { global: 'maxconn 123' } });
  await dry.says(/^reload: the file differs in more than known addresses$/m, from);
  from = dry.said().length;
  await writeFile(front.config, 'listen: 7');
  await dry.says(/podfront\.yaml:1:9: /, from);
  from = dry.said().length;
  await front.configure();
  await dry.says(/^keep: /m, from);
  from = dry.said().length;
  await front.scale(3);
  await dry.says(/^refresh: only known addresses differ/m, from);
  dry.kill('SIGTERM');
  t.is(await dry.ended, 0);
  t.is(await front.text(), text);
  t.deepEqual(await readdir(front.folder), files);
  t.is((await haproxy.processes()).reloads, 0);
});

haproxyTest('Lines carry the level of the journal where stderr is the journal, and are JSON where that was asked for', async (t) => {
  const front = await frontend(t);
  const program = ['sh', '-c', 'JOURNAL_STREAM=$(stat -L -c %d:%i /dev/stderr) exec "$@"', 'sh', ...bundled];
  const watching = startWatch(t, front, [], {}, program, ['--log-format', 'json']);
  await watching.says(/^<6>\{"level":"info","time":"[^"]+","listens":\["web"\],"msg":"wrote the file/m);
  await writeFile(front.config, 'listen: 7');
  await watching.says(/^<3>\{"level":"error","time":"[^"]+","code":"config\.invalid"/m);
  t.true(
    watching
      .said()
      .split('\n')
      .every((line) => line === '' || /^<[3467]>\{/.test(line)),
  );
});

haproxyTest('Nothing but what is asked is logged while nothing changes', async (t) => {
  const { watching } = await atWork(t);
  // The status says so first: its socket and stderr are two ways.
  await watching.says(/HAProxy runs and can be reached/);
  const from = watching.said().length;
  const asked = async () => Date.parse((await watching.status()).listens[0]?.since ?? '');
  const before = await asked();
  await eventually('cluster DNS was asked again', async () => (await asked()) > before);
  t.deepEqual(
    watching
      .said()
      .slice(from)
      .match(/^(?!podfront: debug: (asked|sent) ).+$/gm) ?? [],
    [],
  );
});

haproxyTest('podfront status shows what the daemon knows, and says so when there is none', async (t) => {
  const { front, watching } = await atWork(t);
  const { podfront } = await import('../support/podfront.ts');
  const asked = () => podfront(['--config', front.config, 'status'], { cwd: front.folder });
  await watching.until(({ listens }) => listens[0]?.traffic === 'flows');
  const well = await asked();
  t.is(well.status, 0);
  t.regex(well.stdout, /^haproxy: running \(worker \d+\), runs .*haproxy\.cfg$/m);
  t.regex(well.stdout, /^web +2 +2 +20 +18 +\d+ +traffic flows$/m);
  // Cluster DNS and HAProxy are asked meanwhile.
  const still = (text: string) => text.replace(/"(since|now|at)": "[^"]+"/g, '');
  const json = (await podfront(['--config', front.config, 'status', '--json'], { cwd: front.folder })).stdout;
  t.is(still(json), still((await watching.get('/status')).text));
  front.cluster.fault('refused');
  await watching.until(({ listens }) => listens[0]?.state === 'stale');
  const ill = await asked();
  t.is(ill.status, 1);
  t.regex(ill.stdout, /traffic flows; the last good answer was at .*: cluster DNS .* refuses to answer/);
  watching.kill('SIGKILL');
  await watching.ended;
  const none = await asked();
  t.is(none.status, 5);
  t.regex(none.stderr, /podfront watch does not answer on .*status\.sock: the connection is refused/);
  await front.configure({ status: 'none' });
  t.is((await asked()).status, 2);
  // The socket that the killed daemon left is no obstacle to the next one.
  await front.configure();
  front.cluster.fault('none');
  await startWatch(t, front).until(({ ready }) => ready);
});

haproxyTest('From its first moment on it tells that it starts: alive, not ready, every listen being asked for', async (t) => {
  const front = await frontend(t);
  front.cluster.fault('silent');
  const watching = startWatch(t, front);
  await watching.says(/keeping .*haproxy\.cfg/);
  const paths = ['/healthz', '/readyz', '/metrics', '/', '/status'] as const;
  let answers: Awaited<ReturnType<typeof watching.get>>[] = [];
  await eventually('it answers', async () => {
    answers = await Promise.all(paths.map(watching.get));
    return true;
  });
  t.deepEqual(
    answers.map(({ status }) => status),
    [200, 503, 200, 200, 200],
  );
  const { ready, plan, listens } = JSON.parse(answers[4]?.text ?? '') as Status;
  t.false(ready);
  // On a very busy machine cluster DNS may have been given up meanwhile.
  if (listens[0]?.state === 'asking') {
    t.deepEqual([plan.kind, plan.reasons], ['keep', ['podfront starts, and asks the cluster']]);
    t.regex(answers[3]?.text ?? '', /Not ready yet/);
  }
  front.cluster.fault('none');
  await watching.until(({ ready }) => ready);
});

haproxyTest(
  'Answers that HAProxy will not be able to take are a warning in the log, in /status, in podfront status and on the page',
  async (t) => {
    // HAProxy before 2.4 does not ask DNS over TCP, which an answer that is truncated needs.
    const { front, watching } = await atWork(t, { haproxy: { version: '2.3' } });
    t.deepEqual((await watching.status()).warnings, []);
    front.cluster.fault('truncate');
    const { warnings } = await watching.until(({ warnings }) => warnings.length > 0);
    t.deepEqual(
      warnings.map(({ code }) => code),
      ['dns.needs-tcp'],
    );
    await watching.says(/warning: answers of up to \d+ bytes need TCP.* code=dns\.needs-tcp/);
    const { podfront } = await import('../support/podfront.ts');
    const shown = await podfront(['--config', front.config, 'status'], { cwd: front.folder });
    t.is(shown.status, 1);
    t.regex(shown.stdout, /^warning: answers of up to \d+ bytes need TCP, which HAProxy 2\.3 cannot do for DNS\n {2}upgrade HAProxy/m);
    t.regex((await watching.get('/')).text, /1 warning[\s\S]*answers of up to \d+ bytes need TCP/);
  },
);

haproxyTest('The status address serves health, readiness, metrics and nothing else', async (t) => {
  const { front, watching } = await atWork(t);
  await front.configure({ listen: { small: { serviceName: 'web', podPort: front.pods.port, maxExpectedPods: 1 } } });
  await watching.until(({ listens }) => listens[1]?.overflow === 1);
  const { status, text } = await watching.get('/metrics');
  t.is(status, 200);
  for (const line of [
    'podfront_ready 1',
    'podfront_haproxy_current 1',
    'podfront_listen_pods{listen="web"} 2',
    'podfront_listen_overflow{listen="small"} 1',
  ])
    t.true(text.split('\n').includes(line), line);
  t.regex(text, /^process_resident_memory_bytes \d/m);
  const documented = (await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8')).match(/podfront_\w+/g);
  for (const [, name] of text.matchAll(/^# TYPE (podfront_\w+)/gm)) t.true(documented?.includes(name ?? ''), name);
  t.is((await watching.get('/healthz')).status, 200);
  t.is((await watching.get('/else')).status, 404);
});
