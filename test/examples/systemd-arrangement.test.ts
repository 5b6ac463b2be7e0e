import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { reservePorts } from '../../demo/ports.ts';
import { withoutHaproxyVariables } from '../../src/haproxy/process/environment.ts';
import { eventually, frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';
import { asNobody, nobody, podfrontForAnybody } from '../support/other-user.ts';
import { environment, example, section } from '../support/unit-file.ts';

/** A user for HAProxy: Debian's `daemon`. */
const haproxyUser = 1;

needs(
  'haproxy',
  'root',
  'setpriv',
)('HAProxy as the drop-in starts it, as a user of its own, is kept by podfront as a user that owns its folder alone', async (t) => {
  const front = await frontend(t);
  const { folder, config } = front;
  const [port, stats] = await reservePorts(2);
  const kept = join(folder, 'kept');
  const state = join(kept, 'haproxy');
  await mkdir(state, { recursive: true, mode: 0o750 });
  for (const path of [folder, kept, state]) await chown(path, nobody, nobody);
  await chmod(folder, 0o755);
  // The runtime folder, which systemd makes for HAProxy.
  const runtime = join(folder, 'run');
  await mkdir(runtime);
  await chown(runtime, haproxyUser, haproxyUser);
  /** The files say where things are on a VM; here they are in the test's folder. */
  const here = (text: string) =>
    text
      .replaceAll('/etc/haproxy/haproxy.cfg', join(folder, 'base.cfg'))
      .replaceAll('/var/lib/podfront', kept)
      .replaceAll('/run/haproxy/', `${runtime}/`)
      .replaceAll('/run/podfront/status.sock', join(folder, 'status.sock'))
      .replaceAll('127.0.0.1:8000', `127.0.0.1:${stats}`)
      .replaceAll('group,podfront', `gid,${nobody}`);

  await writeFile(join(folder, 'base.cfg'), here(await readFile(example('haproxy.cfg'), 'utf8')));
  const settings = parse(here(await readFile(example('podfront.yaml'), 'utf8')));
  const { cluster, listen } = JSON.parse(await readFile(config, 'utf8'));
  const web = { ...listen.web, binds: [`127.0.0.1:${port}`] };
  await writeFile(config, JSON.stringify({ ...settings, cluster, listen: { web }, pace: { reloadEvery: '500ms' } }));

  const dropIn = section(here(await readFile(example('haproxy-podfront.conf'), 'utf8')), 'Service');
  const words = new Map((dropIn.get('Environment') ?? []).map(environment));
  const args = ['-Ws', '-f', ...(words.get('CONFIG') ?? []), '-p', ...(words.get('PIDFILE') ?? []), ...(words.get('EXTRAOPTS') ?? [])];
  // As at the first boot: HAProxy is there before podfront has written anything.
  const haproxy = startAsOwnUser(t, dropIn, args);
  await eventually('HAProxy runs', async () => (await fetch(`http://127.0.0.1:${stats}/`)).ok);

  const watching = startWatch(t, front, [], {}, [...asNobody(), ...(await podfrontForAnybody())]);
  const first = await watching.until((status) => isCurrent(status) && status.reloads === 1);
  t.is(first.lastReload?.problem ?? null, null);
  t.regex(await front.get(port), /^pod/);
  const written = await stat(join(state, 'podfront.cfg'));
  t.is(written.uid, nobody);

  // The level of the master's socket lets podfront reload and look, and nothing else.
  const { sendCommand } = await import('../../src/haproxy/process/runtime-api.ts');
  const reply = await sendCommand(join(runtime, 'master.sock'), '@1 set server web/pod1 state maint', 5_000, new AbortController().signal);
  t.true(reply.ok && /Permission denied/.test(reply.text), JSON.stringify(reply));

  // HAProxy is started anew while cluster DNS is down: it serves at once, from what podfront kept.
  front.cluster.fault('silent');
  watching.kill('SIGTERM');
  t.is(await watching.ended, 0);
  await haproxy.stop();
  startAsOwnUser(t, dropIn, args);
  await eventually('traffic reaches a pod', async () => /^pod/.test(await front.get(port)));
});

/** HAProxy with the words of its unit, and the user and capabilities of the drop-in; it ends with the test. */
function startAsOwnUser(
  t: ExecutionContext,
  dropIn: ReadonlyMap<string, readonly string[]>,
  args: readonly string[],
): { readonly stop: () => Promise<void> } {
  t.deepEqual(
    ['User', 'Group', 'SupplementaryGroups'].map((key) => dropIn.get(key)?.join()),
    ['haproxy', 'haproxy', 'podfront'],
  );
  const user = ['--reuid', `${haproxyUser}`, '--regid', `${haproxyUser}`, '--groups', `${nobody}`];
  const [ambient, bounding] = ['AmbientCapabilities', 'CapabilityBoundingSet'].map((key) => dropIn.get(key)?.join());
  t.deepEqual([ambient, bounding], ['CAP_NET_BIND_SERVICE CAP_SYS_CHROOT', 'CAP_NET_BIND_SERVICE CAP_SYS_CHROOT']);
  const one = '-all,+net_bind_service,+sys_chroot';
  const capabilities = ['--inh-caps', one, '--ambient-caps', one, '--bounding-set', one, '--no-new-privs'];
  const child = spawn('setpriv', [...user, ...capabilities, '--pdeathsig', 'TERM', 'haproxy', ...args], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: withoutHaproxyVariables(process.env),
  });
  const ended = new Promise((done) => child.once('close', done));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  t.teardown(async () => {
    await stop();
    if (!t.passed) t.log(said);
  });
  return { stop };
}
