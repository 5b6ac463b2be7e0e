import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { folderOf } from '../support/folder.ts';
import { status as sample } from '../support/page/sample.ts';
import { podfront } from '../support/podfront.ts';

/** A server in place of the daemon, with its address. */
async function serving(t: ExecutionContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const daemon: RequestListener = (_, response) => response.end(JSON.stringify(sample()));

for (const [title, config] of [
  ['a valid configuration', (address: string) => `status: "${address}"\nlisten: {web: {podPort: 80}}\n`],
  ['an unknown key', (address: string) => `status: "${address}"\nlisten: {web: {podPort: 80, nonsense: 1}}\n`],
  ['no listen', (address: string) => `status: ${address}\n`],
  ['broken YAML', (address: string) => `status: ${address} # here\nlisten: {web: {podPort: 80}\n  nonsense`],
] as const) {
  test(`status reads its address from ${title}`, async (t) => {
    const cwd = folderOf(t);
    writeFileSync(join(cwd, 'podfront.yaml'), config(await serving(t, daemon)));
    const { status, stdout, stderr } = await podfront(['status'], { cwd });
    t.is(stderr, '');
    t.is(status, 0);
    t.regex(stdout, /^ingress +3 +3 +20 +17 +12 +traffic flows$/m);
  });
}

test('status --address needs no configuration', async (t) => {
  const cwd = folderOf(t);
  const address = await serving(t, daemon);
  t.is((await podfront(['status', '--address', address], { cwd })).status, 0);
  t.is((await podfront(['status', '--address', '/run/nobody.sock'], { cwd })).status, 5);
  const wrong = await podfront(['status', '--address', 'localhost'], { cwd });
  t.is(wrong.status, 2);
  t.regex(wrong.stderr, /^podfront: error: --address: "localhost" is not a bind address/);
  t.is((await podfront(['status', '--address', 'none'], { cwd })).status, 2);
});

test('status --watch prints the status again until a signal', async (t) => {
  const stop = new AbortController();
  let asked = 0;
  const address = await serving(t, (request, response) => {
    asked += 1;
    if (asked === 2) response.on('finish', () => setImmediate(() => stop.abort('SIGTERM')));
    daemon(request, response);
  });
  const { status, stdout } = await podfront(['status', '--watch', '--address', address], { cwd: folderOf(t), signal: stop.signal });
  t.is(status, 143);
  t.true((stdout.match(/^ingress /gm) ?? []).length >= 1);
  t.is(asked, 2);
});

test('an answer without end is given up', async (t) => {
  const address = await serving(t, (_, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(1024 * 1024, ' ')));
    };
    response.on('drain', more);
    more();
  });
  const { status, stderr } = await podfront(['status', '--address', address], { cwd: folderOf(t) });
  t.is(status, 5);
  t.regex(stderr, /does not answer on .*: (its answer has more than 67108864 bytes|no answer within 5000 ms)/);
});
