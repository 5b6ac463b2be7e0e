import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { folderOf } from './support/folder.ts';

// The built program as a process of its own: what main.ts does and no in-process run can show.
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} ends a render that waits for cluster DNS, at once and without a word of defects`, async (t) => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    t.teardown(() => silent.close());
    await once(silent, 'listening');
    const cwd = folderOf(t);
    writeFileSync(
      join(cwd, 'podfront.yaml'),
      `cluster: {nameservers: ["127.0.0.1:${silent.address().port}"]}\nlisten: {web: {podPort: 80}}\n`,
    );
    const child = spawn(process.execPath, [main, 'render'], { cwd });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await once(silent, 'message');
    child.kill(signal);
    const [code] = await once(child, 'close');
    t.is(code, status);
    t.is(said, '');
  });
}

test('a reader that goes away ends the program quietly', async (t) => {
  const child = spawn('sh', ['-c', `"${process.execPath}" "${main}" render --offline --no-validate --haproxy-version 2.6 | head -n 1`], {
    cwd: fileURLToPath(new URL('../examples/ingress-443', import.meta.url)),
  });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      out[name] += chunk;
    });
  }
  await once(child, 'close');
  t.is(out.stderr, '');
  t.regex(out.stdout, /^# Written by podfront\b.*\n$/);
});

test('without its code cache, or with one that does not fit, the program runs all the same', async (t) => {
  const folder = folderOf(t);
  for (const part of ['dist', 'templates', 'package.json'])
    cpSync(fileURLToPath(new URL(`../${part}`, import.meta.url)), join(folder, part), { recursive: true });
  const version = async () => {
    const child = spawn(process.execPath, [join(folder, 'dist/main.js'), '--version']);
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(child, 'close');
    return `${code} ${said}`;
  };
  const usual = await version();
  t.regex(usual, /^0 \d+\.\d+\.\d+\n$/);
  writeFileSync(join(folder, 'dist/podfront.cache'), 'garbage');
  t.is(await version(), usual);
  rmSync(join(folder, 'dist/podfront.cache'));
  t.is(await version(), usual);
});
