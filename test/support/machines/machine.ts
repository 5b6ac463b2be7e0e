import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { folderOf } from '../folder.ts';
import { type Place, placeOf } from './network.ts';

/** The outcome of a command in the machine. */
export interface Ran {
  readonly status: number | null;
  /** stdout, and then stderr. */
  readonly said: string;
}

/** A Debian machine with systemd as its process 1 (boot.sh): files, processes and network of its own. */
export interface Machine extends Place {
  /** The path here of a path there. */
  readonly path: (path: string) => string;
  /** Runs a shell script there, as root unless a user is given. */
  readonly run: (script: string, user?: string) => Promise<Ran>;
  /** The same, and it has to end with 0. */
  readonly must: (script: string, user?: string) => Promise<string>;
  /** Waits until the script ends with 0 and says something that fits. */
  readonly until: (script: string, fits?: RegExp) => Promise<string>;
}

/** The longest wait for anything, in milliseconds. */
const patience = 45_000;

const boot = fileURLToPath(new URL('boot.sh', import.meta.url));

/**
 * Boots a machine with the files of a folder, or of this machine, and returns when systemd says that all that starts there has started. What
 * it writes does not go to that folder. It ends with the test.
 */
export async function bootMachine(t: ExecutionContext, root = '/'): Promise<Machine> {
  // It ends with us, however we end.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'unshare', '--mount', boot, folderOf(t), root], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((done) => child.once('close', done));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  t.teardown(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const pid = await init(child.pid ?? 0, () => (child.exitCode === null ? null : said));
  const run = (script: string, user = 'root'): Promise<Ran> => {
    const as = user === 'root' ? [] : ['setpriv', '--reuid', user, '--regid', user, '--init-groups'];
    const shell = ['--all', '--root', '--wd', '--target', `${pid}`, '--', ...as, 'sh', '-c', script];
    return new Promise((done) => {
      const started = spawn('nsenter', shell, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: path, LANG: 'C.UTF-8' } });
      const parts = ['', ''];
      for (const [i, stream] of [started.stdout, started.stderr].entries())
        stream.setEncoding('utf8').on('data', (text: string) => (parts[i] += text));
      started.once('close', (status) => done({ status, said: parts.join('') }));
    });
  };
  const must = async (script: string, user?: string) => {
    const ran = await run(script, user);
    if (ran.status !== 0) throw new Error(`${script}\nended with ${ran.status}: ${ran.said}`);
    return ran.said;
  };
  const until = async (script: string, fits = /(?:)/) => {
    for (const end = Date.now() + patience; ; await sleep(100)) {
      const ran = await run(script);
      if (ran.status === 0 && fits.test(ran.said)) return ran.said;
      if (Date.now() > end) throw new Error(`${script}\nnever said ${fits}, but: ${ran.said}`);
    }
  };
  await must('systemctl is-system-running --wait');
  const place = placeOf(pid);
  place.ip('link set lo up');
  return { ...place, path: (there) => join(`/proc/${pid}/root`, there), run, must, until };
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The pid of process 1 there: the child of the child of boot.sh, when it is systemd. */
async function init(shell: number, failed: () => string | null): Promise<number> {
  for (;;) {
    const why = failed();
    if (why !== null) throw new Error(`the machine did not boot: ${why}`);
    const pid = childOf(childOf(shell));
    // Before it is systemd, its root is still ours.
    if (pid !== null && nameOf(pid) === 'systemd' && existsSync(`/proc/${pid}/root/run/systemd/private`)) return pid;
    await sleep(20);
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function childOf(pid: number | null): number | null {
  if (pid === null) return null;
  try {
    return Number(/^\d+/.exec(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))?.[0] ?? Number.NaN) || null;
  } catch {
    return null;
  }
}
