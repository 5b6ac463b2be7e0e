import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { inspect } from '../../../src/haproxy/process/inspect.ts';
import { requestReload } from '../../../src/haproxy/process/request-reload.ts';
import { sendCommand } from '../../../src/haproxy/process/runtime-api.ts';
import { queryServerCount, queryWorkerPid } from '../../../src/haproxy/process/stats-socket.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { tempFolder } from '../../support/haproxy.ts';

const never = new AbortController().signal;
const means = { env: { PATH: process.env.PATH }, kill: () => {}, clock: systemClock, limits: { reload: 60_000, verify: 60_000 } };

/** Something on a socket that answers as it is told to. */
async function speaker(t: ExecutionContext, answer: (socket: Socket) => void): Promise<string> {
  const path = join(await tempFolder(t), 'sock');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    answer(socket);
  }).listen(path);
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

test('a socket that never answers is given up, and one that hangs up says so', async (t) => {
  const silent = await speaker(t, () => {});
  t.deepEqual(await sendCommand(silent, 'show proc', 50, never), { ok: false, why: 'timeout' });
  const rude = await speaker(t, (socket) => socket.destroy());
  t.false((await sendCommand(rude, 'show proc', 5000, never)).ok);
  t.deepEqual(await sendCommand('/nonexistent/sock', 'show proc', 5000, never), { ok: false, why: 'ENOENT' });
});

test('a signal ends asking at once', async (t) => {
  const stop = new AbortController();
  const asking = sendCommand(await speaker(t, () => stop.abort()), 'show proc', 60_000, stop.signal);
  t.false((await asking).ok);
});

test('a reply without end is cut off', async (t) => {
  const endless = await speaker(t, (socket) => {
    const pour = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(1 << 20, 'x')));
      socket.once('drain', pour);
    };
    pour();
  });
  t.deepEqual(await sendCommand(endless, 'show stat', 60_000, never), { ok: false, why: 'too long' });
});

test('what is no HAProxy is named, whatever it says', async (t) => {
  for (const nonsense of ['', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'Pid: many\n', '\0'.repeat(1000)]) {
    const socket = await speaker(t, (s) => s.end(nonsense));
    t.true('why' in (await queryWorkerPid(socket, never)));
    t.is(await queryServerCount(socket, '', 'web', never), null);
    const seen = await inspect({ reload: { kind: 'master', socket }, socket: null }, {}, never);
    t.is(seen.kind === 'absent' ? seen.problem.code : seen.kind, 'haproxy.unreachable');
  }
});

test('a master that refuses a reload is believed, with its lines', async (t) => {
  const lines = '[ALERT]    (1) : Binding [x.cfg:4] for proxy web: cannot bind';
  const socket = await speaker(t, (s) => s.once('data', () => s.end(`Success=0\n--\n${lines}\n`)));
  const seen = { kind: 'running', master: 1, worker: { pid: 2, start: 3 }, counts: null } as const;
  const told = await requestReload({ kind: 'master', socket }, seen, means, never);
  t.deepEqual(told, { kind: 'refused', why: 'its reload failed', lines: [lines] });
});

test('a master that is busy with another reload is asked again until it is not, and no longer than the limit', async (t) => {
  let asked = 0;
  const busy = 'Success=0\n--\nAnother reload is still in progress.\n';
  const socket = await speaker(t, (s) => s.once('data', () => s.end(asked++ < 2 ? busy : 'Success=1\n--\n')));
  const seen = { kind: 'running', master: 1, worker: { pid: 2, start: 3 }, counts: null } as const;
  t.deepEqual(await requestReload({ kind: 'master', socket }, seen, means, never), { kind: 'told' });
  t.is(asked, 3);
  asked = Number.NEGATIVE_INFINITY;
  const told = await requestReload({ kind: 'master', socket }, seen, { ...means, limits: { ...means.limits, reload: 300 } }, never);
  t.deepEqual(told, { kind: 'refused', why: 'it is busy with another reload', lines: [] });
});

test('a pid file that is missing, empty, of another program or of none at all is told as what it is', async (t) => {
  const folder = await tempFolder(t);
  const { writeFile } = await import('node:fs/promises');
  const file = join(folder, 'pid');
  const says = async () => {
    const seen = await inspect({ reload: { kind: 'pidfile', file }, socket: null }, {}, never);
    return seen.kind === 'absent' ? seen.problem.message : seen.kind;
  };
  t.regex(await says(), /its pid file .* cannot be read: ENOENT/);
  await writeFile(file, 'x\n');
  t.regex(await says(), /holds no pid/);
  await writeFile(file, '999999999\n');
  t.regex(await says(), /is gone/);
  await writeFile(file, `${process.pid}\n`);
  t.regex(await says(), /has no worker; HAProxy must run in master-worker mode/);
});

test('a master that executes itself anew is signalled when it handles the signal, and not before', async (t) => {
  // Until it is told to, it does not handle the signal, and would end by it.
  const program = 'echo up; read go; trap "exit 42" USR2; while :; do sleep 0.02; done';
  const master = spawn('sh', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => master.kill('SIGKILL'));
  await once(master.stdout, 'data');
  const pid = master.pid ?? 0;
  const kill = (to: number, signal: NodeJS.Signals) => void process.kill(to, signal);
  // Looked at twice, and not signalled: only then it is told to handle it.
  let looks = 0;
  const sleep = async (ms: number, signal: AbortSignal) => {
    if (++looks === 2) master.stdin.write('go\n');
    await systemClock.sleep(ms, signal);
  };
  const seen = { kind: 'running', master: pid, worker: { pid, start: 1 }, counts: null } as const;
  const told = requestReload({ kind: 'pidfile', file: '' }, seen, { ...means, kill, clock: { ...systemClock, sleep } }, never);
  t.deepEqual(await once(master, 'exit'), [42, null]);
  t.deepEqual(await told, { kind: 'told' });
});

test('a command that fails, is missing or is ended is a refusal with its reason', async (t) => {
  const tell = (command: readonly string[]) => requestReload({ kind: 'command', command }, { kind: 'unseen' }, means, never);
  t.deepEqual(await tell(['true']), { kind: 'told' });
  t.deepEqual(await tell(['sh', '-c', 'echo no >&2; exit 3']), {
    kind: 'refused',
    why: 'sh -c echo no >&2; exit 3 ended with 3',
    lines: ['no'],
  });
  t.like(await tell(['/nonexistent']), { kind: 'refused', why: '/nonexistent cannot be run: ENOENT' });
  t.like(await tell(['sh', '-c', 'kill -9 $$']), { kind: 'refused', why: 'sh -c kill -9 $$ was ended by SIGKILL' });
});
