import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import test from 'ava';
import { portOwners } from '../../../src/haproxy/process/port-owners.ts';
import { unbindable } from '../../../src/haproxy/process/unbindable.ts';
import { parseBind } from '../../../src/haproxy-syntax/bind.ts';

test('the process that holds a port is found by the inode of its socket, with its name', async (t) => {
  const server = createServer().listen(0, '127.0.0.2');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  const [found] = await unbindable([{ owner: 'listen web', listens: ['web'], bind: parseBind(`127.0.0.2:${port}`) }], {
    kind: 'binds',
    binds: [],
  });
  const inode = found?.inode ?? '';
  const name = (await readFile('/proc/self/comm', 'utf8')).trim();
  t.deepEqual([...(await portOwners(new Set([inode, '1'])))], [[inode, { pid: process.pid, name }]]);
});

test('nobody is looked for where there is no socket', async (t) => {
  t.is((await portOwners(new Set())).size, 0);
});
