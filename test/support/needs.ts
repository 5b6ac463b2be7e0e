import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { binaryOf, type Version, versions } from './coredns/build.ts';
import { isBuilt } from './kubernetes/build.ts';

/** A need of a test beyond Node: to be root, to make network namespaces, `::1` on this machine, the CoreDNS or the Kubernetes control plane that their build.ts make, a program on PATH by its name, or a file by its path. */
export type Need =
  | 'root'
  | 'netns'
  | 'ipv6'
  | 'haproxy'
  | 'dig'
  | 'coredns'
  | 'kubernetes'
  | 'go'
  | 'ip'
  | '/usr/sbin/nft'
  | 'knotd'
  | 'openssl'
  | 'git'
  | 'perl'
  | 'bash'
  | 'zsh'
  | 'fish'
  | 'mandoc'
  | 'setpriv'
  | 'prlimit'
  | 'systemd-notify'
  | 'systemctl'
  | 'dbus-daemon'
  | 'pkaction'
  | 'keepalived'
  | 'python3'
  | 'iprange'
  | '/usr/lib/python3/dist-packages/prometheus_client/__init__.py'
  | 'chromium'
  | 'curl'
  | 'nix-instantiate'
  | 'systemd-analyze'
  | 'systemd-sysusers'
  | 'systemd-tmpfiles'
  | 'ansible-playbook'
  | 'dpkg-deb'
  | 'lintian'
  | 'jsonschema'
  | 'readelf'
  | 'mmdebstrap'
  | 'crun'
  | 'umoci';

/** Declares a test: title and body, as ava's own `test`. */
export type Declare = (title: string, body: (t: ExecutionContext) => void | Promise<void>) => void;

/**
 * ava's `test` for tests that need something which is not on every machine: `needs('haproxy', 'root')('A reload ...', async (t) => ...)`.
 * Where it is missing the test is skipped, with the need in its title, so that `npm test` counts and names it; where CI is set it fails.
 * `.serial` is ava's `test.serial` likewise.
 */
export function needs(...wanted: readonly Need[]): Declare & { readonly serial: Declare } {
  const missing = wanted.filter((need) => !present(need));
  const titled = (title: string) => (missing.length === 0 ? title : `${title} (needs ${missing.join(', ')})`);
  const declare: Declare = (title, body) => {
    if (missing.length === 0) test(title, body);
    else if (underCi()) test(titled(title), (t) => t.fail(`${missing.join(', ')} must be here where CI is set`));
    else test.skip(titled(title), body);
  };
  const serial: Declare = (title, body) => (missing.length === 0 ? test.serial(title, body) : declare(title, body));
  return Object.assign(declare, { serial });
}

/** Whether a need is met here. */
export function present(need: Need): boolean {
  switch (need) {
    case 'root':
      return process.getuid?.() === 0;
    case 'netns':
      return onPath('ip') && spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore' }).status === 0;
    case 'ipv6':
      return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));
    case 'coredns':
      return (Object.keys(versions) as Version[]).every((version) => existsSync(binaryOf(version)));
    case 'kubernetes':
      return isBuilt();
    default:
      return need.startsWith('/') ? existsSync(need) : onPath(need);
  }
}

/** CI as build services set it; `CI=false` and an empty value mean no. */
function underCi(): boolean {
  return !['', '0', 'false'].includes(process.env.CI ?? '');
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
