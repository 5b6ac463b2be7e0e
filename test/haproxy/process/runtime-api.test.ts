import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { inspect } from '../../../src/haproxy/process/inspect.ts';
import { sendCommand } from '../../../src/haproxy/process/runtime-api.ts';
import { queryServerCount, queryWorkerPid } from '../../../src/haproxy/process/stats-socket.ts';
import { tempFolder } from '../../support/haproxy.ts';

const never = new AbortController().signal;

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

test('a program that is not HAProxy is named, whatever it prints', async (t) => {
  for (const nonsense of ['', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'Pid: many\n', '\0'.repeat(1000)]) {
    const socket = await speaker(t, (s) => s.end(nonsense));
    t.true('why' in (await queryWorkerPid(socket, never)));
    t.is(await queryServerCount(socket, '', 'web', never), null);
    const seen = await inspect({ reload: { kind: 'master', socket }, socket: null, binary: 'haproxy' }, {}, never);
    t.is(seen.kind === 'absent' ? seen.problem.code : seen.kind, 'haproxy.unreachable');
  }
});
