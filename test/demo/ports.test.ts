import { once } from 'node:events';
import { createServer } from 'node:net';
import test from 'ava';
import { freePort, freePorts } from '../../demo/ports.ts';

test('Free ports are all different, can be listened on, and are none that a connection could get', async (t) => {
  const ports = await freePorts(50);
  t.is(new Set(ports).size, 50);
  t.true(ports.every((port) => port < 32_768));
  for (const port of ports.slice(0, 5)) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  }
});

test('An address that is not this machine’s is an error', async (t) => {
  await t.throwsAsync(freePort('192.0.2.1'), { code: 'EADDRNOTAVAIL' });
});
