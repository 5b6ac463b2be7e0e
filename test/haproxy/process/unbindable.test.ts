import { once } from 'node:events';
import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { haproxySockets } from '../../../src/haproxy/process/port-owners.ts';
import { unbindable } from '../../../src/haproxy/process/unbindable.ts';
import { parseBind } from '../../../src/haproxy-syntax/bind.ts';
import { problem } from '../../../src/problem/problem.ts';
import { needs } from '../../support/needs.ts';

async function listening(t: ExecutionContext, host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

const wanted = (text: string) => ({ owner: 'listen web', listens: ['web'], bind: parseBind(text) });
const codes = async (text: string, held: readonly string[] = []) =>
  (await unbindable([wanted(text)], { kind: 'binds', binds: held.map(parseBind) })).map(({ problem }) => problem.code);

test('a port on which another program listens cannot be bound, at its address or at all of them', async (t) => {
  const port = await listening(t, '127.0.0.2');
  t.deepEqual(await codes(`127.0.0.2:${port}`), ['bind.taken']);
  t.deepEqual(await codes(`*:${port}`), ['bind.taken']);
  t.deepEqual(await codes(`127.0.0.2:${port - 1}-${port + 1}`), ['bind.taken']);
  t.deepEqual(await codes(`127.0.0.3:${port}`), []);
});

test('what HAProxy itself holds is no obstacle', async (t) => {
  const port = await listening(t, '127.0.0.2');
  t.deepEqual(await codes(`127.0.0.2:${port}`, [`127.0.0.2:${port}`]), []);
  t.deepEqual(await codes(`127.0.0.2:${port}`, [`*:${port}`]), []);
  t.deepEqual(await codes(`127.0.0.2:${port}`, [`127.0.0.9:${port}`]), ['bind.taken']);
});

test('an address that this machine does not own cannot be bound', async (t) => {
  t.deepEqual(await codes('192.0.2.77:8443'), ['bind.not-owned']);
  const [found] = await unbindable([wanted('192.0.2.77:8443')], { kind: 'binds', binds: [] });
  t.like(found, { listens: ['web'], inode: null });
});

needs('ipv6')('families do not take ports from each other, and a wildcard takes those of its own', async (t) => {
  const port = await listening(t, '::1');
  t.deepEqual(await codes(`[::1]:${port}`), ['bind.taken']);
  t.deepEqual(await codes(`[::]:${port}`), ['bind.taken']);
  t.deepEqual(await codes(`*:${port}`), []);
});

test('a socket of HAProxy itself is known by its inode, whatever its file says', async (t) => {
  const bind = `127.0.0.1:${await listening(t, '127.0.0.1')}`;
  const own = await haproxySockets({ kind: 'running', master: null, worker: { pid: process.pid, start: 0 }, counts: null });
  if (own === null) return t.fail('the sockets of this process are not shown');
  t.deepEqual(await unbindable([wanted(bind)], { kind: 'inodes', inodes: own }), []);
  const [taken] = await unbindable([wanted(bind)], { kind: 'inodes', inodes: new Set() });
  t.is(taken?.problem.code, 'bind.taken');
  t.deepEqual(await haproxySockets({ kind: 'absent', problem: problem('haproxy.absent', { why: 'x' }) }), new Set());
  t.is(await haproxySockets({ kind: 'unseen' }), null);
});
