import { fileURLToPath } from 'node:url';
import { run } from './cli/run.ts';
import { defaultHaproxyTimeouts } from './haproxy/process/timeouts.ts';
import { messageWithPlace, type Problem, problem } from './problem/problem.ts';
import { openOutput } from './system/output.ts';
import { readStream } from './system/read-file.ts';

const stop = new AbortController();
let ended = false;
let failure: number | undefined;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    stop.abort(name);
    // The command has ended, but its output still waits for a reader.
    if (ended) process.exitCode = name === 'SIGINT' ? 130 : 143;
  });
}

const stderr = openOutput(2, process.stderr, stop.signal, () => {});
const cwd = workingDirectory();
if (cwd !== null) {
  void run({
    argv: process.argv.slice(2),
    env: process.env,
    cwd,
    root: fileURLToPath(new URL('../', import.meta.url)),
    stdout: openOutput(1, process.stdout, stop.signal, fail),
    stderr,
    stdin: readStdin,
    signal: stop.signal,
    pid: process.pid,
    onHangup: (listener) => void process.on('SIGHUP', listener),
    kill: (pid, signal) => void process.kill(pid, signal),
    timeouts: defaultHaproxyTimeouts,
  }).then((status) => {
    ended = true;
    process.exitCode = failure ?? status;
  });
}

/** The working directory; null, with a message, when it was deleted. */
function workingDirectory(): string | null {
  try {
    return process.cwd();
  } catch {
    fail(problem('usage.no-working-directory'));
    return null;
  }
}

/** Reports a problem outside of a command. */
function fail(problem: Problem): void {
  stderr.write(`podfront: error: ${messageWithPlace(problem)}\npodfront: hint: ${problem.hint}\n`);
  failure = problem.exit;
  process.exitCode = failure;
}

/** Reads standard input to its end. Throws Problem `usage.unreadable`. */
async function readStdin(): Promise<string> {
  const content = await readStream(process.stdin, 64 * 1024 * 1024, stop.signal);
  if (content.kind === 'content') return content.bytes.toString('utf8');
  throw problem('usage.unreadable', { file: 'standard input', why: content.kind === 'unreadable' ? content.why : 'it is closed' });
}
