import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
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

/** A Debian machine of its own with systemd as its process 1 (boot.sh): the files of this one, its processes, its network. */
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

/** Boots a machine, and returns when systemd says that all that starts there has started. It ends with the test. */
export async function bootMachine(t: ExecutionContext): Promise<Machine> {
  // It ends with us, however we end.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'unshare', '--mount', boot, folderOf(t)], { stdio: ['ignore', 'ignore', 'pipe'] });
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

/** Puts Node, and podfront as its package brings it, into the machine. */
export async function installPodfront(t: ExecutionContext, machine: Machine): Promise<void> {
  const repository = fileURLToPath(new URL('../../../', import.meta.url));
  const folder = folderOf(t);
  copyFileSync(process.execPath, machine.path('/usr/local/bin/node'));
  // Without scripts: building again would take dist/ away from the tests that run beside this one.
  const pack = npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], repository);
  const { filename = '' } = (JSON.parse(pack) as readonly { readonly filename: string }[])[0] ?? {};
  // npm follows the way into the machine and ends up in our own /usr/local: install somewhere else, and take it there.
  const prefix = join(folder, 'local');
  npm(['install', '--global', '--prefix', prefix, '--offline', '--no-audit', '--no-fund', join(folder, filename)], folder);
  await cp(prefix, machine.path('/usr/local'), { recursive: true, verbatimSymlinks: true });
}

function npm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

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
