import { problem } from '../../problem/problem.ts';
import { layoutDefault } from '../schema/defaults.ts';
import { quote } from '../values/quoted.ts';
import { valueAt } from '../yaml/faults.ts';
import type { YamlMap, YamlValue } from '../yaml/source.ts';
import type { Violation } from './listen.ts';

/** What the keys of a listen that speak of its front must keep with the others; like listenRelations, on what was written. */
export function frontRules(name: string, listen: YamlMap, root: YamlMap): readonly Violation[] {
  const out: Violation[] = [];
  const conflict = (key: string, what: string, hint: string) =>
    out.push({ path: ['listen', name, key], part: 'key', problem: problem('config.conflict', { what, hint }) });
  const { basicAuth, check, binds, hosts } = listen;

  const wanted = (['redirectToHttps', 'hsts', 'basicAuth'] as const).filter((key) => (listen[key] ?? false) !== false);
  for (const key of wanted) {
    if ((listen.mode ?? 'tcp') === 'tcp') conflict(key, `${key} speaks HTTP, and the mode is tcp`, 'write mode: http');
    else if (key !== 'basicAuth' && !hasCrt(binds ?? null))
      conflict(key, `${key} is for TLS that ends here, and no bind has a crt`, 'write {address: ADDRESS:PORT, crt: FILE} in binds');
  }
  if (isMap(basicAuth) && (basicAuth.groupFile ?? null) !== null && (basicAuth.group ?? null) === null)
    conflict('basicAuth', 'groupFile tells the members of a group, and group names none', 'add group, or take groupFile out');
  if (isMap(check) && (listen.sslBackend ?? false) !== false)
    conflict('check', 'the health checks are over TLS already, as sslBackend says', 'write check: true');
  if (Array.isArray(hosts) && hosts.length === 0) conflict('hosts', 'no host is named', 'name one, or leave hosts out');
  if (Array.isArray(binds)) for (const bind of binds as readonly YamlValue[]) alpnWithoutCrt(bind, conflict);
  return [...out, ...nodeNames(name, listen, root)];
}

/** What the peers must keep. */
export function peerRules(root: YamlMap): readonly Violation[] {
  const peers = valueAt(root, ['haproxy', 'peers']) ?? null;
  const local = valueAt(root, ['haproxy', 'localPeer']) ?? null;
  const at = (key: string, what: string, hint: string): readonly Violation[] => [
    { path: ['haproxy', key], part: 'value', problem: problem('config.conflict', { what, hint }) },
  ];
  if (isMap(peers) && Object.keys(peers).length === 0)
    return at('peers', 'no peer is named', 'name all of them, this one too, or leave peers out');
  if (isMap(peers)) {
    const everywhere = Object.entries(peers).find(
      ([, address]) => typeof address === 'string' && /^(\*|:|0\.0\.0\.0|\[?::\]?:)/.test(address),
    );
    if (everywhere !== undefined)
      return at(
        'peers',
        `${quote(String(everywhere[1]))} is no address at which the others reach ${everywhere[0]}`,
        'write the address of that VM',
      );
  }
  if (typeof local !== 'string') return [];
  if (!isMap(peers)) return at('localPeer', 'localPeer is one of peers, and there are none', 'add peers, or take localPeer out');
  if ((peers[local] ?? null) === null)
    return at('localPeer', `${quote(local)} is none of peers`, `it is one of ${Object.keys(peers).join(', ')}`);
  if ((valueAt(root, ['haproxy', 'layout']) ?? layoutDefault) === 'fragment')
    return at(
      'localPeer',
      'localPeer stands in global, and layout fragment writes none',
      `write localpeer ${local} there, and take it out here`,
    );
  return [];
}

function nodeNames(name: string, { nodes, lbServicePort }: YamlMap, root: YamlMap): readonly Violation[] {
  if (!Array.isArray(nodes)) return [];
  const at = (path: Violation['path'], what: string, hint: string): Violation => ({
    path,
    part: 'value',
    problem: problem('config.conflict', { what, hint }),
  });
  const here = ['listen', name, 'nodes'] as const;
  if ((lbServicePort ?? null) === null) return [at(here, 'nodes goes with lbServicePort only', 'take it out, or use lbServicePort')];
  if (nodes.length === 0) return [at(here, 'no node is named', 'name one, or leave nodes out for all of them')];
  const known = valueAt(root, ['cluster', 'nodes']) ?? null;
  if (!isMap(known)) return [];
  return (nodes as readonly YamlValue[]).flatMap((node, i) =>
    typeof node !== 'string' || (known[node] ?? null) !== null
      ? []
      : [at([...here, i], `cluster.nodes has no ${quote(node)}`, `it has ${Object.keys(known).join(', ')}`)],
  );
}

function alpnWithoutCrt(bind: YamlValue, conflict: (key: string, what: string, hint: string) => void): void {
  if (isMap(bind) && (bind.alpn ?? null) !== null && (bind.crt ?? null) === null)
    conflict('binds', `alpn is for TLS, and ${quote(String(bind.address))} has no crt`, 'add crt, or take alpn out');
}

/** Whether TLS ends at one of the binds. */
function hasCrt(binds: YamlValue): boolean {
  return Array.isArray(binds) && (binds as readonly YamlValue[]).some((bind) => isMap(bind) && (bind.crt ?? null) !== null);
}

function isMap(value: YamlValue | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
