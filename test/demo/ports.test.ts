import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import test from 'ava';
import { ephemeralPorts, reservable, reservePort, reservePorts } from '../../demo/ports.ts';

const module = new URL('../../demo/ports.ts', import.meta.url).href;

test('Reserved ports are all different, can be listened on over TCP and UDP, and are none that the kernel gives to anybody', async (t) => {
  const ports = await reservePorts(50);
  t.is(new Set(ports).size, 50);
  const { first, last } = ephemeralPorts();
  t.true(ports.every((port) => port < first || port > last));
  for (const port of ports.slice(0, 5)) {
    const server = createServer().listen(port, '127.0.0.1');
    const socket = createSocket('udp4').bind(port, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
    server.close();
    socket.close();
  }
});

test('Processes that reserve at the same time never get the same port, and what a process had is free when it has ended', async (t) => {
  const program = `const { reservePorts } = await import(${JSON.stringify(module)});
    console.log((await reservePorts(300)).join(' '));
    process.stdin.resume().once('end', () => process.exit());`;
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const lines = await Promise.all(
    children.map(async (child) => {
      for await (const chunk of child.stdout.setEncoding('utf8')) return String(chunk).trim().split(' ').map(Number);
      return [];
    }),
  );
  const all = lines.flat();
  t.is(all.length, 3 * 300);
  t.is(new Set(all).size, all.length);
  for (const child of children) child.stdin.end();
  await Promise.all(children.map((child) => once(child, 'close')));
  for (const port of all.slice(0, 3)) {
    const name = createServer().listen({ path: `\0podfront-port-${port}` });
    await once(name, 'listening');
    name.close();
  }
});

test('A reserved port outlasts thousands of connections and of servers that ask for port 0', async (t) => {
  const [port = 0, target = 0] = await reservePorts(2);
  const server = createServer((socket) => socket.resume()).listen(target, '127.0.0.1');
  await once(server, 'listening');
  for (let round = 0; round < 10; round++) {
    const open = Array.from({ length: 100 }, () => connect(target, '127.0.0.1'));
    const others = Array.from({ length: 50 }, () => createServer().listen(0, '127.0.0.1'));
    await Promise.all([...open.map((socket) => once(socket, 'connect')), ...others.map((other) => once(other, 'listening'))]);
    t.true(open.every(({ localPort }) => localPort !== port));
    const late = createServer().listen(port, '127.0.0.1');
    await once(late, 'listening');
    for (const one of [...others, late]) one.close();
    for (const socket of open) socket.destroy();
  }
  server.close();
});

test('Ports are reserved on the wider side of the ephemeral ones', (t) => {
  t.deepEqual(reservable({ first: 32_768, last: 60_999 }), { first: 15_000, last: 32_767 });
  t.deepEqual(reservable({ first: 10_000, last: 55_000 }), { first: 55_001, last: 65_535 });
  t.deepEqual(reservable({ first: 1024, last: 65_535 }), { first: 15_000, last: 32_000 });
});

test('An address that is not this machine’s is an error', async (t) => {
  await t.throwsAsync(reservePort('192.0.2.1'), { code: 'EADDRNOTAVAIL' });
});
