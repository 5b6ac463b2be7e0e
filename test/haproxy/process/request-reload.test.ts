import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { reservePort } from '../../../demo/ports.ts';
import { type HaproxyState, inspect } from '../../../src/haproxy/process/inspect.ts';
import { type ReloadTools, requestReload } from '../../../src/haproxy/process/request-reload.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { configFile, runHaproxy, tempFolder } from '../../support/haproxy.ts';
import { needs } from '../../support/needs.ts';

const never = new AbortController().signal;
const tools: ReloadTools = {
  env: { PATH: process.env.PATH },
  kill: () => {},
  clock: systemClock,
  timeouts: { reload: 60_000, verify: 60_000 },
};
const running = (pid: number): HaproxyState => ({ kind: 'running', master: pid, worker: { pid, start: 1 }, counts: null });
const haproxy = needs('haproxy');

/** A master socket that gives these answers, one a connection. */
async function masterSocket(t: ExecutionContext, answer: () => string): Promise<string> {
  const path = join(await tempFolder(t), 'sock');
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(answer()))).listen(path);
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return path;
}

/** A shell that runs a program; its first line of output has come. Under the name of another program, where one is given. */
async function shell(t: ExecutionContext, program: string, file = 'sh'): Promise<ChildProcess> {
  const child = spawn(file, ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('the refusal of a master has its lines, few and short', async (t) => {
  const line = '[ALERT]    (1) : Binding [x.cfg:4] for proxy web: cannot bind';
  const socket = await masterSocket(t, () => `Success=0\n--\n${line}\n[ALERT] ${'x'.repeat(10_000)}\n`);
  const requested = await requestReload({ reload: { kind: 'master', socket }, binary: 'haproxy' }, running(1), tools, never);
  t.like(requested, { kind: 'rejected', why: 'its reload failed' });
  const lines = requested.kind === 'rejected' ? requested.lines : [];
  t.is(lines[0], line);
  t.true((lines[1]?.length ?? 0) < 1_000);
});

test('a master that is busy with another reload is asked again until it is not, and no longer than the limit', async (t) => {
  let asked = 0;
  const busy = 'Success=0\n--\nAnother reload is still in progress.\n';
  const socket = await masterSocket(t, () => (asked++ < 2 ? busy : 'Success=1\n--\n'));
  const config = { reload: { kind: 'master', socket }, binary: 'haproxy' } as const;
  t.deepEqual(await requestReload(config, running(1), tools, never), { kind: 'requested' });
  t.is(asked, 3);
  asked = Number.NEGATIVE_INFINITY;
  const requested = await requestReload(config, running(1), { ...tools, timeouts: { ...tools.timeouts, reload: 300 } }, never);
  t.deepEqual(requested, { kind: 'rejected', why: 'it is busy with another reload', lines: [] });
});

test('a master that re-executes itself is signalled when it handles the signal, and not before', async (t) => {
  // Until it is told to, it does not handle the signal, and would end by it.
  const master = await shell(t, 'echo up; read go; trap "exit 42" USR2; while :; do sleep 0.02; done');
  const pid = master.pid ?? 0;
  const kill = (to: number, signal: NodeJS.Signals) => void process.kill(to, signal);
  // Looked at twice, and not signalled: only then it is told to handle it.
  let looks = 0;
  const sleep = async (ms: number, signal: AbortSignal) => {
    if (++looks === 2) master.stdin?.write('go\n');
    await systemClock.sleep(ms, signal);
  };
  const config = { reload: { kind: 'pidfile', file: '' }, binary: 'sh' } as const;
  const requested = requestReload(config, running(pid), { ...tools, kill, clock: { ...systemClock, sleep } }, never);
  t.deepEqual(await once(master, 'exit'), [42, null]);
  t.deepEqual(await requested, { kind: 'requested' });
});

test('a process of a pid file that is not HAProxy gets no signal, though it handles it', async (t) => {
  const other = await shell(t, 'trap : USR2; echo up; while :; do sleep 0.02; done');
  const file = join(await tempFolder(t), 'pid');
  await writeFile(file, `${other.pid}\n`);
  const config = { reload: { kind: 'pidfile', file }, binary: 'haproxy', socket: null } as const;
  const state = await inspect(config, {}, never);
  t.regex(state.kind === 'absent' ? state.problem.message : state.kind, /the process \d+ of .*pid is not HAProxy but sh/);
  const signals: number[] = [];
  const requested = await requestReload(config, running(other.pid ?? 0), { ...tools, kill: (pid) => signals.push(pid) }, never);
  t.like(requested, { kind: 'rejected', why: `process ${other.pid} is not HAProxy but sh` });
  t.deepEqual(signals, []);
});

test('a process that is HAProxy by name and does not handle the signal gets none', async (t) => {
  const folder = await tempFolder(t);
  const file = join(folder, 'haproxy');
  await copyFile('/bin/sh', file);
  const worker = await shell(t, 'echo up; read go', file);
  const signals: number[] = [];
  const requested = await requestReload(
    { reload: { kind: 'pidfile', file: '' }, binary: '/usr/sbin/haproxy' },
    running(worker.pid ?? 0),
    { ...tools, kill: (pid) => signals.push(pid), timeouts: { ...tools.timeouts, verify: 100 } },
    never,
  );
  t.like(requested, { kind: 'rejected', why: `process ${worker.pid} does not handle SIGUSR2, so it is no master of HAProxy` });
  t.deepEqual(signals, []);
});

haproxy('the real master is found by its pid file, whatever the binary is called in the configuration, and reloads', async (t) => {
  const folder = await tempFolder(t);
  const text = `listen web\n    bind 127.0.0.1:${await reservePort()}\n    server a 127.0.0.1:1\n`;
  const master = await runHaproxy(t, { folder, files: [await configFile(folder, text)] });
  const config = { reload: { kind: 'pidfile', file: master.pidFile }, socket: null, binary: '/opt/bin/haproxy-wrapper' } as const;
  const state = await inspect(config, {}, never);
  t.like(state, { kind: 'running', master: master.pid });
  const kill = (to: number, signal: NodeJS.Signals) => void process.kill(to, signal);
  t.deepEqual(await requestReload(config, state, { ...tools, kill }, never), { kind: 'requested' });
  for (let reloads = 0; reloads === 0; ) ({ reloads } = await master.processes());
  t.pass();
});

test('a command that fails, is missing or is ended is a refusal with its reason', async (t) => {
  const request = (command: readonly string[]) =>
    requestReload({ reload: { kind: 'command', command }, binary: 'haproxy' }, { kind: 'unseen' }, tools, never);
  t.deepEqual(await request(['true']), { kind: 'requested' });
  t.deepEqual(await request(['sh', '-c', 'echo no >&2; exit 3']), {
    kind: 'rejected',
    why: 'sh -c echo no >&2; exit 3 ended with 3',
    lines: ['no'],
  });
  t.like(await request(['/nonexistent']), { kind: 'rejected', why: '/nonexistent cannot be run: ENOENT' });
  t.like(await request(['sh', '-c', 'kill -9 $$']), { kind: 'rejected', why: 'sh -c kill -9 $$ was ended by SIGKILL' });
});
