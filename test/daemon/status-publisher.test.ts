import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { reservePort } from '../../demo/ports.ts';
import { openStatusPublisher } from '../../src/daemon/status-publisher.ts';
import { address, config } from '../support/config-sample.ts';
import { openFakeClock } from '../support/fake-clock.ts';
import { folderOf } from '../support/folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const none = config([]);

test('an address that is taken is tried again every few seconds, and served on once it is free', async (t) => {
  const clock = openFakeClock();
  const status = openStatusPublisher({ status: () => null, details: async () => null }, {}, root, clock);
  t.teardown(status.close);
  const port = await reservePort();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const taken = { ...none, status: { kind: 'tcp', address: address('127.0.0.1'), port } as const };
  t.is((await status.move(taken))?.code, 'watch.status-address');
  server.close();
  await once(server, 'close');
  t.is((await status.retry())?.code, 'watch.status-address', 'not yet');
  await clock.advance(5_000);
  t.is(await status.retry(), null);
  t.is((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 503);
});

test('where the new address cannot be served on, the old one is, until another one can', async (t) => {
  const status = openStatusPublisher({ status: () => null, details: async () => null }, {}, root, openFakeClock());
  t.teardown(status.close);
  const path = join(folderOf(t), 'status.sock');
  t.is(await status.move({ ...none, status: { kind: 'unix', path } }), null);
  t.is((await status.move({ ...none, status: { kind: 'unix', path: join(path, 'below') } }))?.code, 'watch.status-address');
  t.is(await status.move({ ...none, status: { kind: 'unix', path } }), null, 'the old one again');
  t.is(await status.move(none), null);
});
