import { type Bind, overlaps, parseBind } from '../../haproxy-syntax/bind.ts';
import { tokenise } from '../../haproxy-syntax/line.ts';
import { orProblem, Problem, problem } from '../../problem/problem.ts';
import { layoutDefault, statsDefault } from '../schema/defaults.ts';
import { valueAt } from '../yaml/faults.ts';
import { type Path, pathText } from '../yaml/path.ts';
import { isMapping, type YamlMap, type YamlValue } from '../yaml/source.ts';
import { portKeys } from './listen.ts';
import type { Violation } from './violation.ts';

interface Claim {
  readonly path: Path;
  readonly bind: Bind;
  /** The listen, and whether it has `hosts`: then it may share its address. */
  readonly listen: string | null;
  readonly byName: boolean;
}

/**
 * Finds addresses that two parts of the configuration bind: HAProxy would accept both and split the traffic between them
 * silently. The stats page and the status address of `watch` count too.
 */
export function addressConflicts(root: YamlMap, listens: readonly (readonly [string, YamlMap])[]): readonly Violation[] {
  const conflictWith = conflictFinder();
  return [...ownClaims(root), ...listens.flatMap(([name, listen]) => listenClaims(name, listen))].flatMap((claim): Violation[] => {
    const first = conflictWith(claim);
    return first === null ? [] : [{ path: claim.path, part: 'value', problem: addressTaken(claim, first) }];
  });
}

/**
 * Takes claims one by one and returns for each the first earlier one that overlaps. Single ports, which nearly all are, are
 * looked up in a map; only ranges are compared with all others, so that thousands of listens do not take quadratic time.
 */
function conflictFinder(): (claim: Claim) => Claim | null {
  const all: Claim[] = [];
  const ranges: Claim[] = [];
  const singles = new Map<string, Claim>();
  return (claim) => {
    const { bind } = claim;
    const single = bind.firstPort === bind.lastPort;
    const keys = placesOf(bind);
    const earlier = single
      ? [singles.get(keys.own), singles.get(keys.others), ranges.find((other) => overlaps(bind, other.bind))]
      : [all.find((other) => overlaps(bind, other.bind))];
    if (single) for (const key of keys.marks) if (!singles.has(key)) singles.set(key, claim);
    if (!single) ranges.push(claim);
    all.push(claim);
    return earlier.find((other) => other !== undefined && !areShared(claim, other)) ?? null;
  };
}

/** The keys under which a bind finds others on its port (equal, covering or covered ones), and is found by them. */
function placesOf(bind: Bind): { readonly own: string; readonly others: string; readonly marks: readonly string[] } {
  const port = `${bind.host?.family ?? 4} ${bind.firstPort}`;
  const own = `${port} ${bind.host?.value ?? 0n}`;
  const wildcard = `${port} 0`;
  return { own, others: own === wildcard ? `${port} any` : wildcard, marks: [own, `${port} any`] };
}

/** Whether the listens share the address by `hosts`; sharedAddressRules checks what they must have in common. */
function areShared(a: Claim, b: Claim): boolean {
  return a.listen !== null && b.listen !== null && a.listen !== b.listen && (a.byName || b.byName) && a.bind.text === b.bind.text;
}

function ownClaims(root: YamlMap): readonly Claim[] {
  const full = (valueAt(root, ['haproxy', 'layout']) ?? layoutDefault) === 'full';
  const stats = valueAt(root, ['haproxy', 'stats']) ?? statsDefault;
  return [...(full ? claim(['haproxy', 'stats'], stats) : []), ...claim(['status'], root.status ?? 'none'), ...peerClaim(root)];
}

/** The address of the local peer, where HAProxy listens for the other peers. */
function peerClaim(root: YamlMap): readonly Claim[] {
  const local = valueAt(root, ['haproxy', 'localPeer']);
  return typeof local === 'string' ? claim(['haproxy', 'peers', local], valueAt(root, ['haproxy', 'peers', local]) ?? 'none') : [];
}

function listenClaims(name: string, listen: YamlMap): readonly Claim[] {
  const byName = Array.isArray(listen.hosts);
  return [...bindClaims(name, listen).map((one) => ({ ...one, listen: name, byName })), ...extraClaims(name, listen)];
}

/** The addresses of `bind` lines in `haproxyExtraConfig`. */
function extraClaims(name: string, { haproxyExtraConfig }: YamlMap): readonly Claim[] {
  if (typeof haproxyExtraConfig !== 'string' || !haproxyExtraConfig.includes('bind')) return [];
  return haproxyExtraConfig.split('\n').flatMap((line) => {
    const { words } = tokenise(line);
    return words[0] === 'bind' ? (words[1] ?? '').split(',').flatMap((text) => claim(['listen', name, 'haproxyExtraConfig'], text)) : [];
  });
}

function bindClaims(name: string, listen: YamlMap): readonly Claim[] {
  const { binds } = listen;
  if (Array.isArray(binds))
    return (binds as readonly YamlValue[]).flatMap((bind, i) => claim(['listen', name, 'binds', i], addressOf(bind)));
  if ((binds ?? null) !== null) return [];
  const given = portKeys.filter((key) => (listen[key] ?? null) !== null);
  const [key] = given;
  return key === undefined || given.length > 1 || typeof listen[key] !== 'number'
    ? []
    : claim(['listen', name, key], `127.0.0.1:${listen[key]}`);
}

/** The address of a bind, which is a text or a mapping. */
export function addressOf(bind: YamlValue): YamlValue {
  return isMapping(bind) ? (bind.address ?? null) : bind;
}

/** The claim of a value; none for a value that is not an address, which the schema reports. */
function claim(path: Path, value: YamlValue): readonly Claim[] {
  if (typeof value !== 'string' || value === 'none' || value.startsWith('/')) return [];
  const bind = orProblem(() => parseBind(value));
  return bind instanceof Problem ? [] : [{ path, bind, listen: null, byName: false }];
}

function addressTaken(second: Claim, first: Claim): Problem {
  const same = first.bind.text === second.bind.text;
  const other = same ? pathText(first.path) : `${pathText(first.path)} (${first.bind.text})`;
  return problem('config.taken', { bind: second.bind.text, other, hint: hintFor(second, first) });
}

function hintFor(second: Claim, first: Claim): string {
  if (first.path[0] === 'haproxy') return 'use another address, or write haproxy.stats: none or another address there';
  if (first.path[0] === 'status') return 'use another address here or for status';
  if (portKeys.some((key) => key === second.path.at(-1))) {
    return 'the default of binds is 127.0.0.1 and the port: add binds with another address or port';
  }
  if (first.path[1] === second.path[1]) return 'remove one of them';
  const own = 'give each listen an address or port of its own';
  const shareable = second.listen !== null && first.listen !== null && first.bind.text === second.bind.text;
  return shareable ? `${own}, or hosts, to share it by name` : own;
}
