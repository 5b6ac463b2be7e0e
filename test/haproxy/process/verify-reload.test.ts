import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { reservePort } from '../../../demo/ports.ts';
import { type HaproxyState, inspect } from '../../../src/haproxy/process/inspect.ts';
import { type ExpectedServers, verifyReload } from '../../../src/haproxy/process/verify-reload.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { configFile, runHaproxy, tempFolder } from '../../support/haproxy.ts';
import { needs } from '../../support/needs.ts';

const haproxy = needs('haproxy');
const never = new AbortController().signal;

async function scene(t: ExecutionContext) {
  const folder = await tempFolder(t);
  const text = (port: number) => `listen web\n    bind 127.0.0.1:${port}\n    server a 127.0.0.1:1\n    server b 127.0.0.1:2\n`;
  const port = await reservePort();
  const file = await configFile(folder, text(port));
  const running = await runHaproxy(t, { folder, files: [file] });
  return { folder, running, text, file, port };
}

async function verify(
  { running }: Awaited<ReturnType<typeof scene>>,
  way: 'master' | 'pidfile' | 'pidfile and stats',
  before: HaproxyState,
  expected: readonly ExpectedServers[],
  timeout = 20_000,
) {
  const config = configOf(running, way);
  return verifyReload({ haproxy: config, env: process.env, clock: systemClock, readingTime: 0, timeout: timeout }, before, expected, never);
}

function configOf(running: Awaited<ReturnType<typeof runHaproxy>>, way: 'master' | 'pidfile' | 'pidfile and stats') {
  const reload =
    way === 'master' ? { kind: 'master' as const, socket: running.master } : { kind: 'pidfile' as const, file: running.pidFile };
  return { reload, socket: way === 'pidfile and stats' ? running.stats : null, binary: 'haproxy' };
}

for (const way of ['master', 'pidfile', 'pidfile and stats'] as const)
  haproxy(`a reload is seen by its new worker: ${way}`, async (t) => {
    const made = await scene(t);
    const before = await inspect(configOf(made.running, way), process.env, never);
    t.true(await made.running.reload());
    const result = await verify(made, way, before, [{ listen: 'web', servers: 2 }]);
    t.is(result.kind, 'running');
    const [worker] = (await made.running.processes()).workers;
    if (result.kind === 'running') t.is(result.worker.pid, worker ?? 0);
  });

haproxy('a worker without the listen, or with other servers in it, has not read the file', async (t) => {
  const made = await scene(t);
  const before = await inspect(configOf(made.running, 'master'), process.env, never);
  t.true(await made.running.reload());
  t.like(await verify(made, 'master', before, [{ listen: 'other', servers: 2 }]), {
    kind: 'failed',
    why: 'its new worker has no listen other; is our file among those it loads?',
  });
  t.like(await verify(made, 'master', before, [{ listen: 'web', servers: 3 }]), {
    kind: 'failed',
    why: 'its new worker has 2 servers in listen web instead of 3',
  });
});

haproxy('a master that keeps its old worker has failed', async (t) => {
  const made = await scene(t);
  const before = await inspect(configOf(made.running, 'master'), process.env, never);
  const taken = await reservePort();
  const other = createServer().listen(taken, '127.0.0.1');
  t.teardown(() => void other.close());
  await writeFile(made.file, made.text(taken));
  t.false(await made.running.reload());
  t.like(await verify(made, 'master', before, []), { kind: 'failed', why: 'its master kept the old worker' });
});

haproxy('without a new worker the reload has failed when the time is over', async (t) => {
  const made = await scene(t);
  const before = await inspect(configOf(made.running, 'master'), process.env, never);
  t.like(await verify(made, 'master', before, [], 200), { kind: 'failed', why: 'it has the same worker as before after 0 s' });
});

test('where HAProxy could not be seen before, nothing can be seen after', async (t) => {
  const config = { reload: { kind: 'none' as const }, socket: null, binary: 'haproxy' };
  const verification = { haproxy: config, env: {}, clock: systemClock, readingTime: 0, timeout: 1_000 };
  t.deepEqual(await verifyReload(verification, { kind: 'unseen' }, [], never), { kind: 'unverified' });
});
