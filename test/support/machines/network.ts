import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import type { Order } from './outside.ts';

const run = promisify(execFile);

/** A process with a network namespace of its own, where commands can be run. */
export interface Place {
  readonly pid: number;
  /** Runs `ip` commands in its network namespace, one a line. */
  readonly ip: (commands: string) => void;
}

export function placeOf(pid: number): Place {
  const ip = (commands: string) => {
    const input = commands
      .trim()
      .split('\n')
      .map((line) => `${line.trim()}\n`)
      .join('');
    const { status, stderr } = spawnSync('nsenter', ['--net', '--target', `${pid}`, 'ip', '-batch', '-'], { input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${stderr}in:\n${input}`);
  };
  return { pid, ip };
}

/** Asks an HTTP server from a place, on a new connection, and returns the body; rejects when it does not within 2 s. */
export async function get(from: Place, url: string): Promise<string> {
  const curl = ['curl', '--silent', '--show-error', '--fail', '--max-time', '2', url];
  return (await run('nsenter', ['--net', '--target', `${from.pid}`, ...curl])).stdout.trim();
}

/** Puts a cable between two places; the ends are named as `ip link` names them. */
export function connect(a: Place, endOfA: string, b: Place, endOfB: string): void {
  a.ip(`link add ${endOfA} type veth peer name ${endOfB} netns ${b.pid}
    link set ${endOfA} up`);
  b.ip(`link set ${endOfB} up`);
}

/** Loads a sysctl.d file in a place; only its settings of the network are its own. */
export function sysctl({ pid }: Place, file: string): void {
  const { status, stderr } = spawnSync('nsenter', ['--net', '--target', `${pid}`, 'sysctl', '--quiet', '--load', file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

/** The surroundings of a frontend VM (outside.ts), and the way to give them orders. */
export interface Outside extends Place {
  readonly tell: (order: Order) => Promise<void>;
}

/** Starts it in a network namespace of its own; it ends with the test. The networks 10.0.0.0/24 and 10.1.0.0/16 are its own. */
export async function startOutside(t: ExecutionContext): Promise<Outside> {
  const program = [process.execPath, '--import', import.meta.resolve('tsx'), fileURLToPath(new URL('outside.ts', import.meta.url))];
  const child: ChildProcess = spawn('unshare', ['--net', '--', ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.once('close', done));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null || child.pid === undefined) throw new Error('it was not started');
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const tell = async (order: Order) => {
    stdin.write(`${JSON.stringify(order)}\n`);
    const { value } = await answers.next();
    const { failure } = JSON.parse(value ?? '{"failure": "it ended"}') as { readonly failure: string | null };
    if (failure !== null) throw new Error(failure);
  };
  // It answers when it is there, in its namespace: an order that cannot be carried out is enough to see that.
  await tell({ fault: 'none' }).catch(() => {});
  const place = placeOf(child.pid);
  place.ip(`link set lo up
    route add local 10.0.0.0/24 dev lo
    route add local 10.1.0.0/16 dev lo`);
  return { ...place, tell };
}
