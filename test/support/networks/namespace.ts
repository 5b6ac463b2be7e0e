import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { ReportJson } from './host.ts';

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');
let made = 0;

/** A network namespace of the test's own, removed when it is over, with a resolv.conf of its own. */
export interface Namespace {
  /** Runs `ip` commands in it, one a line. */
  readonly ip: (commands: string) => void;
  /** Runs podfront in it. */
  readonly run: (args: readonly string[]) => { readonly status: number | null; readonly stdout: string; readonly stderr: string };
  /** Runs check-networks --json in it; `blind` hides iproute2 from it, so that it reads /proc. */
  readonly check: (
    args: readonly string[],
    blind?: boolean,
  ) => { readonly status: number | null; readonly report: ReportJson; readonly stderr: string };
}

export function namespaceOf(t: ExecutionContext, folder: string, nameservers: readonly string[] = []): Namespace {
  const name = `podfront-test-${process.pid}-${made++}`;
  const etc = join('/etc/netns', name);
  t.teardown(() => {
    spawnSync('ip', ['netns', 'delete', name]);
    rmSync(etc, { recursive: true, force: true });
  });
  must(spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' }));
  mkdirSync(etc, { recursive: true });
  writeFileSync(join(etc, 'resolv.conf'), nameservers.map((server) => `nameserver ${server}\n`).join(''));
  const ip = (commands: string) => {
    const input = commands
      .trim()
      .split('\n')
      .map((line) => line.trim())
      .join('\n');
    must(spawnSync('ip', ['-netns', name, '-batch', '-'], { input: `${input}\n`, encoding: 'utf8' }));
  };
  ip('link set lo up');
  const check = (args: readonly string[], blind = false) => {
    const podfront = [process.execPath, '--import', tsx, main, 'check-networks', '--json', ...args];
    // `ip netns exec` has made a mount namespace, so what is hidden here is hidden nowhere else.
    const hide = 'mount --bind /dev/null "$(readlink -f "$(command -v ip)")" && exec "$@"';
    const command = blind ? ['sh', '-c', hide, 'sh', ...podfront] : podfront;
    const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', name, ...command], { cwd: folder, encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return { status, report: JSON.parse(stdout) as ReportJson, stderr };
  };
  const run = (args: readonly string[]) => {
    const command = [process.execPath, '--import', tsx, main, ...args];
    return spawnSync('ip', ['netns', 'exec', name, ...command], { cwd: folder, encoding: 'utf8' });
  };
  return { ip, run, check };
}

function must({ status, stderr }: { readonly status: number | null; readonly stderr: string }): void {
  if (status !== 0) throw new Error(stderr);
}
