import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { folderOf } from '../folder.ts';
import { type Outcome, podfront } from '../podfront.ts';

/** A host as files: addresses by interface, `ADDRESS/PREFIX` or `ADDRESS peer ADDRESS/PREFIX`; routes as `ip -j route` has them. */
export interface Host {
  readonly interfaces?: Readonly<Record<string, readonly string[]>>;
  readonly routes?: readonly object[];
  readonly resolvConf?: string;
  readonly config?: string;
  readonly list?: string;
}

export interface FindingJson {
  readonly severity: string;
  readonly relation: string;
  readonly cluster: string;
  readonly clusterName: string;
  readonly other: string;
  readonly otherName: string;
  readonly source: string;
  readonly overlap: string | null;
  readonly message: string;
  readonly suggestions: readonly string[];
}

export interface ReportJson {
  readonly ok: boolean;
  readonly cluster: readonly { readonly name: string; readonly cidr: string; readonly option: string }[];
  readonly checked: number;
  readonly findings: readonly FindingJson[];
  readonly own: readonly { readonly name: string; readonly cidr: string; readonly source: string }[];
  readonly ignored: readonly { readonly name: string; readonly cidr: string; readonly source: string }[];
  readonly problems: readonly { readonly where: string; readonly message: string }[];
}

/** Runs check-networks --json against a host of files, in this process. */
export async function checked(
  t: ExecutionContext,
  host: Host,
  ...args: readonly string[]
): Promise<Outcome & { readonly report: ReportJson }> {
  const outcome = await checkedText(t, host, '--json', ...args);
  return { ...outcome, report: JSON.parse(outcome.stdout) as ReportJson };
}

/** The same for people. */
export async function checkedText(t: ExecutionContext, host: Host, ...args: readonly string[]): Promise<Outcome> {
  const cwd = folderOf(t);
  const file = (name: string, text: string) => writeFileSync(join(cwd, name), text);
  file(
    'addr.json',
    JSON.stringify(Object.entries(host.interfaces ?? {}).map(([ifname, texts]) => ({ ifname, addr_info: texts.map(info) }))),
  );
  file('route.json', JSON.stringify(host.routes ?? []));
  file('resolv.conf', host.resolvConf ?? '');
  if (host.config !== undefined) file('podfront.yaml', host.config);
  if (host.list !== undefined) file('list.txt', host.list);
  const listed = host.list === undefined ? [] : ['--networks-file', 'list.txt'];
  const files = ['--addresses', 'addr.json', '--routes', 'route.json', '--resolv-conf', 'resolv.conf', ...listed];
  return podfront(['check-networks', ...files, ...args], { cwd });
}

function info(text: string): object {
  const [local = '', peer] = text.split(' peer ');
  const [address, prefix] = (peer ?? local).split('/');
  const family = text.includes(':') ? 'inet6' : 'inet';
  return { family, local: local.split('/')[0], ...(peer !== undefined && { address }), prefixlen: Number(prefix) };
}

/** `severity source other relation cluster`, one line a finding: what the tables of the tests are written in. */
export function lines(report: ReportJson): readonly string[] {
  return report.findings.map(({ severity, source, other, relation, cluster }) => `${severity} ${source} ${other} ${relation} ${cluster}`);
}
