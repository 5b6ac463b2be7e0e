import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { noon, status } from '../support/page/sample.ts';
import { served } from '../support/page/served.ts';

test('idle connections keep nobody out, and the oldest ones are closed first', async (t) => {
  const { url } = await served(t, status(), noon);
  const { port } = new URL(url);
  const open = async () => {
    const socket = connect(Number(port), '127.0.0.1');
    t.teardown(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const first = await open();
  const closed = once(first, 'close');
  for (let i = 0; i < 100; i++) await open();
  t.is((await fetch(new URL('/healthz', url))).status, 200);
  await closed;
});

test('a connection that sends no request is closed within seconds', async (t) => {
  const { url } = await served(t, status(), noon);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.resume();
  await once(socket, 'close');
  t.pass();
});

test('of a thousand requests in one packet one is answered, and the connection closed', async (t) => {
  const { url } = await served(t, status(), noon);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(1_000));
  await once(socket, 'close');
  t.is(text.match(/^HTTP\/1\.1 200 /gm)?.length, 1);
  t.regex(text, /^connection: close\r$/im);
});
