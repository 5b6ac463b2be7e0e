import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { readFileBounded, readInput, readOutput, readStream } from '../../src/system/read-file.ts';
import { folderOf } from '../support/folder.ts';

const never = new AbortController().signal;

test('a regular file of at most the limit is read whole, and /dev/null is empty', (t) => {
  const file = join(folderOf(t), 'file');
  writeFileSync(file, 'x'.repeat(200_000));
  const content = readFileBounded(file, 200_000);
  t.is(content.kind === 'content' ? content.bytes.length : content.kind, 200_000);
  t.deepEqual(readFileBounded(file, 199_999), { kind: 'unreadable', why: 'it has more than 199999 bytes' });
  t.deepEqual(readFileBounded('/dev/null', 10), { kind: 'content', bytes: Buffer.alloc(0) });
});

test('files of /proc, whose size is 0, are read to their end', (t) => {
  const content = readFileBounded('/proc/self/status', 64 * 1024);
  t.regex(content.kind === 'content' ? content.bytes.toString() : '', /^Name:/);
});

test('anything but a file is refused at once, in words', async (t) => {
  const folder = folderOf(t);
  const [pipe, socket, loop] = ['pipe', 'socket', 'loop'].map((name) => join(folder, name)) as [string, string, string];
  execFileSync('mkfifo', [pipe]);
  symlinkSync(loop, loop);
  const server = createServer().listen(socket);
  t.teardown(() => server.close());
  await once(server, 'listening');
  mkdirSync(join(folder, 'folder'));
  const reasons = {
    [pipe]: 'it is a named pipe, not a file',
    [socket]: 'it is a socket, or a device that does not exist',
    [loop]: 'its symlinks go in a circle',
    [join(folder, 'folder')]: 'it is a folder',
    '/dev/zero': 'it is a device, not a file',
  };
  for (const [path, why] of Object.entries(reasons)) {
    t.deepEqual(readFileBounded(path, 1_000), { kind: 'unreadable', why });
    t.deepEqual(await readInput(path, 1_000, never), { kind: 'unreadable', why });
  }
  await t.throwsAsync(readOutput(pipe), { message: `cannot read ${pipe}: it is a named pipe, not a file` });
});

test('a file that does not exist is absent', async (t) => {
  t.deepEqual(readFileBounded(join(folderOf(t), 'none'), 10), { kind: 'absent' });
  t.deepEqual(await readInput('/dev/null/none', 10, never), { kind: 'absent' });
  t.is(await readOutput(join(folderOf(t), 'none')), null);
});

test('an anonymous pipe is read to its end, or to the limit', async (t) => {
  const shell = (command: string) => execFileSync('bash', ['-c', command], { encoding: 'utf8' });
  const read = `node --import tsx -e "import('./src/system/read-file.ts').then(async ({readInput}) => {
    const content = await readInput(process.argv[1], 100, new AbortController().signal);
    console.log(content.kind === 'content' ? JSON.stringify(content.bytes.toString()) : content.why);
  })"`;
  t.is(shell(`${read} <(echo one; sleep 0.1; echo two)`), '"one\\ntwo\\n"\n');
  t.is(shell(`${read} <(yes)`), 'it has more than 100 bytes\n');
  t.is(shell(`echo piped | ${read} /dev/stdin`), '"piped\\n"\n');
});

test('reading a stream ends with the signal', async (t) => {
  const stop = new AbortController();
  const reading = readStream(new PassThrough(), 100, stop.signal);
  stop.abort(new Error('stopped'));
  await t.throwsAsync(reading, { message: 'stopped' });
});
