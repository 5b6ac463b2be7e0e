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

const offline = 'render --offline --no-validate --haproxy-version 2.6';
const example = fileURLToPath(new URL('../examples/ingress-443', import.meta.url));

/** Runs a shell command in which `$P` is podfront, and returns its exit status and what it wrote. */
async function shell(command: string, cwd = example): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const child = spawn('bash', ['-c', command], { cwd, env: { ...process.env, P: `${process.execPath} ${main}` } });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const [status] = await once(child, 'close');
  return { status, ...said };
}

for (const [title, command, status, error] of [
  ['a full device as OUTPUT', `$P ${offline} /dev/full`, 5, 'cannot write /dev/full: no space left on the device'],
  ['a full device as stdout', `$P ${offline} > /dev/full`, 5, 'cannot write to standard output: no space left on the device'],
  ['a closed stdout', `$P ${offline} >&-`, 5, 'cannot write to standard output: it is closed'],
  [
    'a device without an end as OUTPUT of --check',
    `$P ${offline} --check /dev/zero`,
    2,
    'cannot read /dev/zero: it is a device, not a file',
  ],
  ['a folder as OUTPUT', `$P ${offline} .`, 2, 'cannot read .*: it is a folder'],
  ['a deleted working directory', `d=$(mktemp -d); cd $d; rmdir $d; $P ${offline}`, 2, 'the working directory no longer exists'],
] as const) {
  test(`${title} is an error with a remedy`, async (t) => {
    const result = await shell(command);
    t.is(result.status, status);
    t.regex(result.err, new RegExp(`^podfront: error: ${error}\npodfront: hint: .*\n$`));
  });
}

test('a device and a pipe as OUTPUT are written to, not replaced', async (t) => {
  const folder = folderOf(t);
  const { status, out } = await shell(
    `mkfifo ${folder}/pipe; (tail -n 1 < ${folder}/pipe) & $P ${offline} ${folder}/pipe && $P ${offline} /dev/null && wait; stat -c %F ${folder}/pipe /dev/null`,
  );
  t.is(status, 0);
  t.regex(out, /^ {4}server-template pod .*\nfifo\ncharacter special file\n$/);
});

test('a broken pipe ends the program with the status that shells expect', async (t) => {
  const { out, err } = await shell(`{ $P ${offline}; echo "status $?" >&2; } | true`);
  t.is(out, '');
  t.is(err, 'status 141\n');
});

test('a pipe without a reader, and one whose reader does not read, do not keep the program from ending on SIGTERM', async (t) => {
  const folder = folderOf(t);
  writeFileSync(
    join(folder, 'podfront.yaml'),
    `listen:\n${Array.from({ length: 500 }, (_, i) => `  l${i}: {podPort: ${i + 1_000}}\n`).join('')}`,
  );
  const { err } = await shell(
    `mkfifo pipe; timeout 2 $P ${offline} pipe; echo "first $?" >&2; { timeout 2 $P ${offline}; echo "second $?" >&2; } | sleep 4`,
    folder,
  );
  t.is(err, 'first 124\nsecond 124\n');
});
