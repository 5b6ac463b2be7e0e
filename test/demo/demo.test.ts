import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { demo } from '../../demo/demo.ts';
import type { DemoWorld } from '../../demo/setup.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { copyRepository } from '../support/repository-copy.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A demonstration in this process, of podfront's sources, that writes to `show`. */
function world(temporary: string, haproxy: boolean, show: (text: string) => void, signal = new AbortController().signal): DemoWorld {
  const podfront = [process.execPath, '--import', import.meta.resolve('tsx'), join(root, 'src/main.ts')] as const;
  return { root, temporary, env: process.env, podfront, haproxy, ipv6: false, write: show, signal };
}

/** Nothing listens any more on the ports that podfront.yaml and haproxy.cfg named, and its folder is gone. */
async function nothingIsLeft(t: ExecutionContext, temporary: string, shown: string): Promise<void> {
  const ports = new Set([...shown.matchAll(/\b127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port)));
  t.true(ports.size >= 4);
  for (const port of ports) {
    const socket = connect(port, '127.0.0.1');
    const state = await once(socket, 'connect').then(
      () => 'open',
      () => 'closed',
    );
    socket.destroy();
    t.is(state, 'closed');
  }
  t.deepEqual(
    readdirSync(temporary).filter((name) => name.startsWith('podfront')),
    [],
  );
}

needs('haproxy')('The demonstration shows a service outgrow its slots and all its pods served again', async (t) => {
  const temporary = folderOf(t);
  let shown = '';
  const seen = await demo(
    world(temporary, true, (text) => {
      shown += text;
    }),
  );
  t.regex(
    seen.at(-1) ?? '',
    /^a Service of type LoadBalancer was pending, and had its address \d+ ms later; all 3 pods answered through it$/,
  );
  t.regex(
    seen.at(-2) ?? '',
    /^a Service with a ClusterIP went from 3 to 30 pods and back without a reload; the first request .* \d+ ms after the change$/,
  );
  t.deepEqual(seen.slice(0, -2), [
    '3 pods: haproxy.cfg was rendered with 20 slots for shop',
    'HAProxy served all 3 pods of shop',
    'HAProxy served all 2 pods of api',
    '30 pods: haproxy.cfg was rendered again with 50 slots',
    'HAProxy was reloaded and served all 30 pods of shop',
  ]);
  t.regex(shown, /^listen shop$/m);
  t.regex(shown, /^ {4}server-template pod 31-50 shop\./m);
  await nothingIsLeft(t, temporary, shown);
});

test('Without HAProxy the demonstration renders both files, and says that HAProxy was not run', async (t) => {
  const temporary = folderOf(t);
  let shown = '';
  const seen = await demo(
    world(temporary, false, (text) => {
      shown += text;
    }),
  );
  t.deepEqual(seen, [
    '3 pods: haproxy.cfg was rendered with 20 slots for shop',
    '30 pods: haproxy.cfg was rendered again with 50 slots',
    'HAProxy was not run',
  ]);
  await nothingIsLeft(t, temporary, shown);
});

needs('haproxy')('A demonstration that is stopped while HAProxy runs leaves nothing behind', async (t) => {
  const temporary = folderOf(t);
  const stop = new AbortController();
  let shown = '';
  const show = (text: string) => {
    shown += text;
    if (text.startsWith('== HAProxy runs')) stop.abort(new Error('enough'));
  };
  await t.throwsAsync(demo(world(temporary, true, show, stop.signal)), { message: 'enough' });
  t.notRegex(shown, /is scaled/);
  await nothingIsLeft(t, temporary, shown);
});

needs('haproxy')('Ctrl-C ends npm start at once, with the status of a signal', async (t) => {
  // In a copy, because it builds, and other tests use what was built.
  const copy = folderOf(t);
  copyRepository(copy);
  const temporary = join(copy, 'tmp');
  const start = spawn(process.execPath, ['scripts/start.mjs'], { cwd: copy, env: { ...process.env, TMPDIR: temporary } });
  const ended = once(start, 'close');
  let shown = '';
  for await (const line of createInterface({ input: start.stdout })) {
    shown += `${line}\n`;
    if (line.startsWith('== HAProxy runs')) start.kill('SIGINT');
  }
  t.deepEqual(await ended, [130, null]);
  t.regex(shown, /\nstopped by SIGINT; nothing is left running\n$/);
  await nothingIsLeft(t, temporary, shown);
});
