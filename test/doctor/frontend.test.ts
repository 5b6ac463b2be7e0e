import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startCluster } from '../../demo/cluster.ts';
import { reservePort } from '../../demo/ports.ts';
import { readScene } from '../../demo/scene.ts';
import { atWork, eventually, frontend } from '../support/daemon-frontend.ts';
import { onLoopback, visit, wellFrontend } from '../support/doctor-facts.ts';
import { configFile, runHaproxy } from '../support/haproxy.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

const check = needs('haproxy', 'ip');

check('a frontend at work fails no check, and each says what was seen', async (t) => {
  const front = await wellFrontend(t);
  const { failed, check } = await visit(t, front);
  t.deepEqual(failed, [onLoopback]);
  t.regex(check('HAProxy running').seen, new RegExp(`master ${front.haproxy.pid}, worker \\d+, version \\d`));
  t.regex(check('output loaded by HAProxy').seen, new RegExp(`-f ${front.output}`));
  t.is(check('HAProxy runs the output').result, 'pass');
  t.regex(check('reload permitted').seen, /has level/);
  t.regex(check('cluster DNS over UDP').seen, /answers in/);
  t.regex(check('cluster DNS over TCP').seen, /answers in/);
  t.regex(check('cluster DNS version').seen, /1\.1\.0/);
  t.regex(check('cluster DNS caching').seen, /not cached/);
  t.regex(check('cluster DNS wildcards').seen, /not answered/);
  t.regex(check('cluster DNS answer sizes').seen, /HAProxy asks over UDP and accepts 8192/);
  t.regex(check('listen web: service').seen, /2 pods/);
  t.regex(check('listen web: slots').seen, /2 pods, 20 slots/);
  t.regex(check('listen web: servers in HAProxy').seen, /2 of 2/);
  t.is(check('stats socket').result, 'skip');
  t.is(check('topology').result, 'skip');
});

check('the report is numbered, ends with the sum, and its progress leaves no trace on a terminal', async (t) => {
  const front = await wellFrontend(t);
  const { stdout, stderr } = await podfront(['--config', front.config, 'doctor'], { cwd: front.folder, terminal: true });
  t.regex(stdout, /^ 1\. pass {2}configuration: .*is valid, with 1 listen\n 2\. pass {2}HAProxy installed: /);
  t.regex(stdout, /fail {2}networks: .*\n +remedy: /);
  t.regex(stdout, /\n\n\d+ checks: \d+ pass, \d+ warn, 1 fail, \d+ skipped\n$/);
  t.true(stderr.includes('cluster DNS: done'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's line is cleared
  t.regex(stderr, /\r\u001b\[K$/);
});

check('a configuration that cannot be used ends with 2 and its faults, in JSON too', async (t) => {
  const front = await frontend(t);
  await writeFile(front.config, 'listen: {web: {podPort: 99999}}');
  const { status, stdout, stderr } = await podfront(['--config', front.config, 'doctor', '--json'], { cwd: front.folder });
  t.is(status, 2);
  t.regex(stderr, /podfront\.yaml:1:\d+: listen\.web\.podPort/);
  const { ok, checks } = JSON.parse(stdout);
  t.deepEqual([ok, checks.length, checks[0].name, checks[0].result], [false, 1, 'configuration', 'fail']);
  t.regex(checks[0].seen, /listen\.web\.podPort/);
});

check('cluster DNS that is silent is distinguished from one that serves TCP only', async (t) => {
  const front = await wellFrontend(t);
  front.cluster.fault('silent');
  const silent = await visit(t, front);
  t.deepEqual(silent.failed, ['cluster DNS over UDP', 'cluster DNS over TCP', onLoopback]);
  t.regex(silent.check('listen web: service').seen, /; this follows from cluster DNS over UDP and cluster DNS over TCP, see there$/);
  t.is(silent.check('cluster DNS caching').result, 'skip');
  front.cluster.fault('truncate');
  const cut = await visit(t, front);
  // Rendered now, the file would say tcp@.
  t.deepEqual(cut.failed, ['output up to date', 'cluster DNS over UDP', 'cluster DNS answer sizes', onLoopback]);
  t.regex(cut.check('cluster DNS answer sizes').seen, /did not fit into UDP; HAProxy asks over UDP/);
});

check('a DNS that is not that of the cluster is known by its missing dns-version, or by refusing', async (t) => {
  const front = await wellFrontend(t);
  await front.configure({ cluster: { domain: 'other.example' } });
  t.regex((await visit(t, front)).check('cluster DNS over UDP').seen, /REFUSED|refuse/);
  await front.configure({ cluster: { domain: 'sub.cluster.local' } });
  const { check } = await visit(t, front);
  t.is(check('cluster DNS over UDP').result, 'pass');
  t.deepEqual(
    [check('cluster DNS version').result, check('cluster DNS version').seen],
    ['warn', 'dns-version.sub.cluster.local does not exist'],
  );
});

check('a namespace that does not exist is named', async (t) => {
  const front = await wellFrontend(t);
  await front.configure({
    listen: { web: { binds: [`127.0.0.1:${front.port}`], podPort: front.pods.port, mode: 'http', namespace: 'nowhere' } },
  });
  const { check } = await visit(t, front);
  t.is(check('listen web: service').result, 'fail');
  t.regex(check('listen web: service').seen, /nowhere/);
});

check('a service without a ready pod is worth a warning, not a failure', async (t) => {
  const front = await wellFrontend(t);
  await front.scale(0);
  const { failed, check } = await visit(t, front);
  t.is(check('listen web: service').result, 'warn');
  t.false(failed.includes('listen web: service'));
});

check('a frontend that podfront keeps is well, also after the daemon rewrote the file without a reload', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  t.deepEqual((await visit(t, front)).failed, [onLoopback]);
  const reloads = (await haproxy.processes()).reloads;
  await front.scale(3);
  await watching.until(({ listens }) => listens[0]?.pods === 3);
  await eventually('the file has the third pod', async () => (await front.text()).includes('server pod3 '));
  const { failed, check } = await visit(t, front);
  t.deepEqual(failed, [onLoopback]);
  t.is(check('HAProxy runs the output').result, 'pass');
  t.is((await haproxy.processes()).reloads, reloads);
});

check('pods beyond the slots are counted', async (t) => {
  const web = (port: number, pods: number) => ({
    listen: { web: { binds: [`127.0.0.1:${port}`], podPort: pods, mode: 'http', maxExpectedPods: 2 } },
  });
  const front = await frontend(t);
  await front.configure(web(front.port, front.pods.port));
  t.is((await podfront(['--config', front.config, 'render', front.output], { cwd: front.folder })).status, 0);
  await front.startHaproxy();
  await front.scale(5);
  const { failed, check } = await visit(t, front);
  t.true(failed.includes('listen web: slots'));
  t.regex(check('listen web: slots').seen, /5 pods, 2 slots: 3 pods get no traffic/);
  t.regex(check('listen web: slots').remedy, /maxExpectedPods/);
  t.regex(check('listen web: servers in HAProxy').seen, /lacks 3 /);
});

check('a configuration that changed after the file was written makes the file stale', async (t) => {
  const front = await wellFrontend(t);
  await front.configure({
    listen: { web: { binds: [`127.0.0.1:${front.port}`], podPort: front.pods.port, mode: 'http', balance: 'roundrobin' } },
  });
  const { failed, check } = await visit(t, front);
  t.deepEqual(failed, ['output up to date', onLoopback]);
  t.regex(check('output up to date').seen, /listen web/);
});

check('a file that HAProxy has not read since it changed is seen by its servers', async (t) => {
  const front = await wellFrontend(t);
  const text = await readFile(front.output, 'utf8');
  await writeFile(`${front.output}.new`, text.replace('server-template pod 3-20', 'server-template pod 3-30'));
  await rename(`${front.output}.new`, front.output);
  const { failed, check } = await visit(t, front);
  t.true(failed.includes('HAProxy runs the output'));
  t.regex(check('HAProxy runs the output').seen, /listen web: 20 servers instead of 30/);
  t.true(await front.haproxy.reload());
  const after = await visit(t, front);
  t.is(after.check('HAProxy runs the output').result, 'pass');
});

check('a HAProxy that loads another file is found out by its command line', async (t) => {
  const front = await frontend(t);
  await front.configure();
  t.is((await podfront(['--config', front.config, 'render', front.output], { cwd: front.folder })).status, 0);
  const other = await configFile(front.folder, `listen other\n    bind 127.0.0.1:${await reservePort()}\n`, 'other.cfg');
  await runHaproxy(t, { folder: front.folder, files: [other] });
  const { failed, check } = await visit(t, front);
  t.true(failed.includes('output loaded by HAProxy'));
  t.regex(check('output loaded by HAProxy').seen, /other\.cfg.*not with .*haproxy\.cfg/);
  t.regex(check('listen web: servers in HAProxy').seen, /has no listen web; this follows from output loaded by HAProxy/);
});

check('a HAProxy that is not running fails, and the checks that need it are skipped', async (t) => {
  const front = await wellFrontend(t, {});
  await front.haproxy.stop();
  const { failed, check } = await visit(t, front);
  t.deepEqual(failed, ['HAProxy running', onLoopback]);
  t.regex(check('reload permitted').seen, /does not answer.*; this follows from HAProxy running, see there$/);
  t.regex(check('HAProxy running').remedy, /^start HAProxy/);
  t.is(check('output loaded by HAProxy').result, 'skip');
});

check('a master socket of level user permits no reload', async (t) => {
  const front = await wellFrontend(t);
  const low = join(front.folder, 'low.sock');
  await front.haproxy.stop();
  await runHaproxy(t, { folder: front.folder, files: [front.output], args: ['-S', `${low},mode,600,level,user`] });
  await front.configure({ haproxy: { reload: { master: low } } });
  const { check } = await visit(t, front);
  t.is(check('reload permitted').result, 'fail');
  t.regex(check('reload permitted').seen, /level user/);
});

check('a master that may not be signalled, a missing program and a unit without systemd fail the check of the reload', async (t) => {
  const front = await wellFrontend(t);
  await front.configure({ haproxy: { reload: { pidfile: front.haproxy.pidFile } } });
  t.is((await visit(t, front)).check('reload permitted').result, 'pass');
  const kill = () => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
  };
  const denied = (await visit(t, front, { kill })).check('reload permitted');
  t.deepEqual([denied.result, /EPERM/.test(denied.seen)], ['fail', true]);
  await front.configure({ haproxy: { reload: { command: ['podfront-no-such-program'] } } });
  t.is((await visit(t, front)).check('reload permitted').result, 'fail');
  await front.configure({ haproxy: { reload: { command: ['true'] } } });
  t.is((await visit(t, front)).check('reload permitted').result, 'pass');
  await front.configure({ haproxy: { reload: 'none' } });
  t.is((await visit(t, front)).check('reload permitted').result, 'skip');
  await front.configure({ haproxy: { reload: { systemd: 'podfront-no-such.service' } } });
  t.is((await visit(t, front)).check('reload permitted').result, 'fail');
});

check('the stats socket is asked for its level, and must belong to the worker', async (t) => {
  const front = await wellFrontend(t);
  await front.configure({ haproxy: { socket: front.haproxy.stats } });
  t.regex((await visit(t, front)).check('stats socket').seen, /level admin, and user would be enough/);
  await front.configure({ haproxy: { socket: join(front.folder, 'none.sock') } });
  t.is((await visit(t, front)).check('stats socket').result, 'fail');
  const folder = join(front.folder, 'b');
  await mkdir(folder);
  const other = await runHaproxy(t, {
    folder,
    files: [await configFile(folder, `listen other\n    bind 127.0.0.1:${await reservePort()}\n`)],
  });
  await front.configure({ haproxy: { socket: other.stats } });
  t.regex((await visit(t, front)).check('stats socket').seen, /answered by process \d+, and the worker is \d+/);
});

check('an address of another machine and a port of another program are found before a reload fails on them', async (t) => {
  const front = await wellFrontend(t);
  const other = createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const binds = [`127.0.0.1:${front.port}`, '203.0.113.1:443', `127.0.0.1:${port}`];
  await front.configure({ listen: { web: { binds, podPort: front.pods.port, mode: 'http' } } });
  const { check } = await visit(t, front);
  t.regex(check('bind addresses owned').seen, /203\.0\.113\.1/);
  t.is(check('bind addresses free').result, 'fail');
  t.regex(check('bind addresses free').seen, new RegExp(String(port)));
  t.notRegex(check('bind addresses free').seen, new RegExp(`:${front.port}\\b`));
});

check('an output that cannot be put in place is named with the reason', async (t) => {
  const front = await wellFrontend(t);
  const why = async (output: string) => {
    await front.configure({ haproxy: { output } });
    return (await visit(t, front)).check('output writable').seen;
  };
  t.regex(await why(join(front.folder, 'none/haproxy.cfg')), /its folder does not exist/);
  t.regex(await why(front.folder), /is a folder/);
  execFileSync('mkfifo', [join(front.folder, 'pipe')]);
  t.regex(await why(join(front.folder, 'pipe')), /cannot be replaced: it is a named pipe, not a file/);
  await symlink(join(front.folder, 'gone.cfg'), join(front.folder, 'link.cfg'));
  t.regex(await why(join(front.folder, 'link.cfg')), /symlink to a file that does not exist/);
});

check('HAProxy that asks another DNS has other addresses in its slots', async (t) => {
  const front = await wellFrontend(t);
  const scene = `services:\n  - {name: web, headless: true, ports: [{port: 80}], pods: {first: 127.9.9.1, count: 3}}`;
  const other = await startCluster({ scene: readScene(scene), ttl: 1 });
  t.teardown(other.close);
  await front.configure({ cluster: { nameservers: [other.nameserver] } });
  const { check } = await visit(t, front);
  t.is(check('listen web: servers in HAProxy').result, 'fail');
  t.regex(
    check('listen web: servers in HAProxy').seen,
    /lacks 3 of \d+ addresses \(127\.9\.9\.1.*; has 2 addresses that the cluster does not list /,
  );
});

check('pods that do not listen are down', async (t) => {
  const front = await wellFrontend(t);
  const [one = ''] = front.pods.addresses();
  await front.pods.stop(one);
  for (;;) {
    const { check } = await visit(t, front);
    const { result, seen } = check('listen web: servers in HAProxy');
    if (result === 'warn') {
      t.regex(seen, new RegExp(`1 \\(pod\\d ${one.replaceAll('.', '\\.')}\\) is down`));
      return;
    }
    // HAProxy notices at the third failed check.
    t.is(result, 'pass');
  }
});

check('a file that HAProxy refuses is refused here too, with its own words', async (t) => {
  const front = await wellFrontend(t);
  await appendFile(join(front.folder, 'extra.cfg'), 'listen broken\n    bind 127.0.0.1:0\n    nonsense\n');
  await front.configure({ haproxy: { with: [join(front.folder, 'extra.cfg')] } });
  const { failed, check } = await visit(t, front);
  t.true(failed.includes('rendered file accepted by HAProxy'));
  t.regex(check('rendered file accepted by HAProxy').seen, /nonsense/);
});
