import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './cli/run.ts';
import { defaultHaproxyTimeouts } from './haproxy/process/timeouts.ts';
import { problem } from './problem/problem.ts';
import type { Sink } from './system/process.ts';
import { readStream } from './system/read-file.ts';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name));

void run({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  root: fileURLToPath(new URL('../', import.meta.url)),
  stdout: sink(1, process.stdout),
  stderr: sink(2, process.stderr),
  stdin: readStdin,
  signal: stop.signal,
  pid: process.pid,
  onHangup: (listener) => void process.on('SIGHUP', listener),
  kill: (pid, signal) => void process.kill(pid, signal),
  timeouts: defaultHaproxyTimeouts,
}).then((status) => {
  process.exitCode = status;
});

/** Reads standard input to its end. Throws Problem `usage.unreadable`. */
async function readStdin(): Promise<string> {
  const content = await readStream(process.stdin, 64 * 1024 * 1024, stop.signal);
  if (content.kind === 'content') return content.bytes.toString('utf8');
  throw problem('usage.unreadable', { file: 'standard input', why: content.kind === 'refused' ? content.why : 'it is closed' });
}

/** Writes synchronously, so that nothing is lost when the process ends. A closed pipe (`| head`) ends the process quietly. */
function sink(fd: 1 | 2, stream: NodeJS.WriteStream): Sink {
  const write = (text: string) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(fd, bytes, at);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EPIPE') process.exit(0);
        if (code !== 'EAGAIN') throw error;
      }
    }
  };
  return { write, isTTY: stream.isTTY === true, columns: stream.columns ?? 80 };
}
