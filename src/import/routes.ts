import { readHostPattern } from '../config/values/front.ts';
import { Problem } from '../problem/problem.ts';
import { rawWords } from './raw-words.ts';
import type { ConfigLine, Section } from './section.ts';

/** The backends of a frontend by host, in the form of `hosts` of listens. */
export interface Routes {
  /** The hosts of each backend, in the order in which the frontend names them. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  /** The backend for all other hosts; null without one. */
  readonly fallback: string | null;
  /** The lines that make the choice: acls of hosts that nothing else uses, `use_backend`, `default_backend`, and the wait for the handshake. */
  readonly covered: ReadonlySet<ConfigLine>;
}

/** The reason why a frontend cannot be expressed by `hosts`; `line` counts from 1. */
export interface NoRoutes {
  readonly line: number;
  readonly why: string;
}

/** The sample fetches for the Host header and for the name in the TLS handshake, with a suffix for the match method. */
const fetches =
  /^(?:(?:req\.)?hdr(?<hdr>_end|_dom)?\(host\)(?:,field\(1,:\)|,lower|,host_only)*|(?:req_ssl_sni|req\.ssl_sni|ssl_fc_sni)(?<sni>_end)?)$/i;

/** Reads the choices of a frontend between backends. */
export function readRoutes({ lines, number }: Section): Routes | NoRoutes {
  const covered = new Set<ConfigLine>();
  const acls = new Map<string, ConfigLine[]>();
  for (const line of lines) if (line.words[0] === 'acl') append(acls, line.words[1] ?? '', line);
  const hosts = new Map<string, string[]>();
  const taken = new Map<string, string>();
  let fallback: string | null = null;
  for (const line of lines) {
    const [keyword, backend = ''] = line.words;
    if (keyword === 'default_backend') {
      fallback = backend;
      covered.add(line);
    }
    if (keyword !== 'use_backend') continue;
    covered.add(line);
    const found = hostsOf(line, acls);
    if (typeof found === 'string') return { line: line.number, why: found };
    for (const host of found.hosts) {
      const shadow = wildcardsOver(host).find((other) => taken.has(other) && taken.get(other) !== backend);
      if (shadow !== undefined && !taken.has(host))
        return { line: line.number, why: `${host} is reached by ${shadow} before it, and podfront takes the more exact host first` };
      // The first one that matches counts.
      if (taken.has(host)) continue;
      taken.set(host, backend);
      append(hosts, backend, host);
    }
    for (const acl of found.acls) covered.add(acl);
  }
  if (hosts.size === 0) return { line: number, why: 'it names no backend for a host' };
  if (fallback !== null && hosts.has(fallback)) {
    const own = hosts.get(fallback) ?? [];
    const other = own.find((host) => wildcardsOver(host).some((wild) => taken.has(wild) && taken.get(wild) !== fallback));
    if (other !== undefined) return { line: number, why: `${other} leads to the default_backend, and a host that covers it to another` };
    // The hosts that lead to the default_backend anyway.
    hosts.delete(fallback);
  }
  for (const line of lines) if (isHandshake(line) || isHostAcl(line)) covered.add(line);
  const others = lines.filter((line) => !covered.has(line));
  const used = new Set(others.flatMap(({ words }) => words.map((word) => word.replace(/^!/, ''))));
  // An acl that other rules use too is copied with them.
  for (const line of [...covered]) if (line.words[0] === 'acl' && used.has(line.words[1] ?? '')) covered.delete(line);
  return { hosts, fallback, covered };
}

/** Reads `if ACL`, `if ACL or ACL`, or `if { FETCH HOST ... }`; a reason where the condition depends on more than hosts. */
function hostsOf(
  line: ConfigLine,
  acls: ReadonlyMap<string, readonly ConfigLine[]>,
): { readonly hosts: readonly string[]; readonly acls: readonly ConfigLine[] } | string {
  const words = rawWords(line.text).map(({ text }) => text);
  const [, backend = '', keyword, ...condition] = words;
  if (/[%$({]/.test(backend)) return 'the name of its backend is an expression';
  if (keyword !== 'if') return keyword === undefined ? 'it has no condition' : `its condition is ${keyword}`;
  const hosts: string[] = [];
  const used: ConfigLine[] = [];
  for (const alternative of alternatives(condition)) {
    const direct =
      alternative[0] === '{' && alternative.at(-1) === '}' && !alternative.slice(1).includes('{') ? alternative.slice(1, -1) : null;
    if (direct === null && alternative.length !== 1) return 'its condition is about more than the host';
    const named = direct === null ? (acls.get(alternative[0] ?? '') ?? []) : [];
    if (direct === null && named.length === 0) return `${alternative[0] ?? ''} is no acl of this frontend`;
    const tests =
      direct === null
        ? named.map(({ text }) =>
            rawWords(text)
              .slice(2)
              .map(({ text: word }) => word),
          )
        : [direct];
    for (const test of tests) {
      const read = patternsOf(test);
      if (typeof read === 'string') return read;
      hosts.push(...read);
    }
    used.push(...named);
  }
  return { hosts, acls: used };
}

/** The parts of a condition between `or` and `||`. */
function alternatives(condition: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  for (const word of condition) {
    if (/^(or|\|\|)$/i.test(word)) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}

/** The hosts of `hdr(host) -i a.example.org b.example.org` and the like; a reason where the test is on something else. */
function patternsOf([fetch = '', ...rest]: readonly string[]): readonly string[] | string {
  const found = fetches.exec(fetch)?.groups;
  if (found === undefined) return `${fetch} is not the host`;
  let kind = (found.hdr ?? found.sni ?? '').slice(1);
  const patterns: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (word === '-m') kind = rest[++at] ?? '';
    else if (word.startsWith('-') && word !== '-i' && word !== '--') return `${fetch} has the flag ${word}`;
    else if (!word.startsWith('-')) patterns.push(word);
  }
  if (!['', 'str', 'end', 'dom'].includes(kind)) return `${fetch} compares by ${kind}`;
  if (patterns.length === 0) return `${fetch} has no host behind it`;
  const hosts = patterns.flatMap((text): readonly string[] => {
    const bare = text.toLowerCase();
    if (kind === 'end') return bare.startsWith('.') ? [`*${bare}`] : [];
    return kind === 'dom' ? [bare, `*.${bare}`] : [bare];
  });
  if (hosts.length < patterns.length) return `${fetch} compares the end of a name in the middle of a label`;
  const odd = hosts.find((host) => !isHost(host));
  return odd === undefined ? hosts : `${odd} is not a host name`;
}

function isHost(text: string): boolean {
  try {
    readHostPattern(text);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

/** Whether the line is an acl of hosts alone. */
function isHostAcl({ words, text }: ConfigLine): boolean {
  return (
    words[0] === 'acl' &&
    typeof patternsOf(
      rawWords(text)
        .slice(2)
        .map(({ text: word }) => word),
    ) !== 'string'
  );
}

/** The other hosts with `*.` that cover this one. */
function wildcardsOver(host: string): readonly string[] {
  const labels = host.split('.').slice(1);
  return labels.map((_, i) => `*.${labels.slice(i).join('.')}`).filter((wildcard) => wildcard !== host);
}

/** Whether a line waits for the TLS handshake, as podfront's own frontend does. */
function isHandshake({ words }: ConfigLine): boolean {
  const text = words.join(' ');
  return /^tcp-request inspect-delay \S+$/.test(text) || /^tcp-request content accept if \{ req(\.|_)ssl_hello_type 1 \}$/.test(text);
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
