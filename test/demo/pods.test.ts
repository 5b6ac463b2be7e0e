import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { type Pods, startPods } from '../../demo/pods.ts';

const get = async (pods: Pods, address: string) => (await fetch(`http://${address}:${pods.port}/`)).text();

/** Sends bytes to a pod and returns all it says until it closes. */
async function say(pods: Pods, ...chunks: readonly Buffer[]): Promise<string> {
  const socket = connect(pods.port, '127.30.1.1');
  let said = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    said += text;
  });
  socket.on('error', () => {});
  for (const chunk of chunks) {
    socket.write(chunk);
    await new Promise(setImmediate);
  }
  await once(socket, 'close');
  return said;
}

const request = Buffer.from('GET / HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n');

test('Pods listen on one port, each on its own address, and say who they are', async (t) => {
  const pods = await startPods(['127.30.0.1', '127.30.0.2', '127.30.0.3']);
  t.teardown(pods.close);
  t.is(await get(pods, '127.30.0.2'), 'pod 127.30.0.2\n');
  t.is(await get(pods, '127.30.0.3'), 'pod 127.30.0.3\n');
  await get(pods, '127.30.0.3');
  t.deepEqual(
    [...pods.requests()],
    [
      ['127.30.0.2', 1],
      ['127.30.0.3', 2],
    ],
  );
});

test('A pod can be stopped and others started while the rest goes on', async (t) => {
  const pods = await startPods(['127.30.0.11', '127.30.0.12']);
  t.teardown(pods.close);
  await get(pods, '127.30.0.11');
  await pods.stop('127.30.0.11', '127.30.0.99');
  await t.throwsAsync(get(pods, '127.30.0.11'));
  await pods.start('127.30.0.12', '127.30.0.13');
  t.deepEqual(pods.addresses(), ['127.30.0.12', '127.30.0.13']);
  t.is(await get(pods, '127.30.0.13'), 'pod 127.30.0.13\n');
});

test('Pods never listen where others could reach them', async (t) => {
  for (const address of ['0.0.0.0', '::', '10.1.0.1', 'localhost']) {
    await t.throwsAsync(startPods([address]), { message: `${address} is not a loopback address` });
  }
});

test('A port that is taken is an error when it was asked for', async (t) => {
  const pods = await startPods(['127.30.0.21']);
  t.teardown(pods.close);
  await t.throwsAsync(startPods(['127.30.0.20', '127.30.0.21'], { port: pods.port }), { code: 'EADDRINUSE' });
  const others = await startPods(['127.30.0.20'], { port: pods.port });
  t.is(await get(others, '127.30.0.20'), 'pod 127.30.0.20\n', 'the attempt that failed left nothing listening');
  await others.close();
});

test('Pods behind the PROXY protocol take both versions of its header, and nothing without one', async (t) => {
  const pods = await startPods(['127.30.1.1'], { proxyProtocol: true });
  t.teardown(pods.close);
  const first = Buffer.from('PROXY TCP4 127.0.0.1 127.0.0.2 40000 443\r\n');
  const second = Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
    Buffer.from([0x21, 0x11, 0, 12, 127, 0, 0, 1, 127, 0, 0, 2, 0x9c, 0x40, 1, 187]),
  ]);
  for (const header of [first, second]) {
    t.regex(await say(pods, Buffer.concat([header, request])), /\r\n\r\npod 127\.30\.1\.1\n$/);
    t.regex(await say(pods, header.subarray(0, 7), header.subarray(7), request), /\r\n\r\npod 127\.30\.1\.1\n$/);
  }
  t.is(await say(pods, request), '');
  t.is(await say(pods, Buffer.alloc(2000, 'x')), '');
});
