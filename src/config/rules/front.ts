import { layoutDefault } from '../schema/defaults.ts';
import { quote } from '../values/quoted.ts';
import { valueAt } from '../yaml/faults.ts';
import { isMapping, type YamlMap, type YamlValue } from '../yaml/source.ts';
import { conflictAt, type Violation } from './violation.ts';

/** The rules between the keys of a listen for TLS, HTTP and hosts; like `listenRules`, on the values as written. */
export function frontRules(name: string, listen: YamlMap, root: YamlMap): readonly Violation[] {
  const out: Violation[] = [];
  const conflict = (key: string, what: string, hint: string) => out.push(conflictAt(['listen', name, key], 'key', what, hint));
  const { basicAuth, check, binds, hosts } = listen;

  const wanted = (['redirectToHttps', 'hsts', 'basicAuth'] as const).filter((key) => (listen[key] ?? false) !== false);
  for (const key of wanted) {
    if ((listen.mode ?? 'tcp') === 'tcp') conflict(key, `${key} needs HTTP, and the mode is tcp`, 'write mode: http');
    else if (key !== 'basicAuth' && !hasCrt(binds ?? null))
      conflict(key, `${key} needs TLS, and no bind has a crt`, 'write {address: ADDRESS:PORT, crt: FILE} in binds');
  }
  if (isMapping(basicAuth) && (basicAuth.groupFile ?? null) !== null && (basicAuth.group ?? null) === null)
    conflict('basicAuth', 'groupFile has the members of a group, and group is not set', 'add group, or remove groupFile');
  if (isMapping(check) && (listen.sslBackend ?? false) !== false)
    conflict('check', 'sslBackend already makes the health checks use TLS', 'write check: true');
  if (Array.isArray(hosts) && hosts.length === 0) conflict('hosts', 'the list is empty', 'add a host name, or remove hosts');
  if (Array.isArray(binds)) for (const bind of binds as readonly YamlValue[]) alpnWithoutCrt(bind, conflict);
  return [...out, ...nodeNames(name, listen, root)];
}

/** The rules between `peers`, `localPeer` and `layout`. */
export function peerRules(root: YamlMap): readonly Violation[] {
  const peers = valueAt(root, ['haproxy', 'peers']) ?? null;
  const local = valueAt(root, ['haproxy', 'localPeer']) ?? null;
  const at = (key: string, what: string, hint: string) => [conflictAt(['haproxy', key], 'value', what, hint)];
  if (isMapping(peers) && Object.keys(peers).length === 0)
    return at('peers', 'the mapping is empty', 'add all peers, including this one, or remove peers');
  if (isMapping(peers)) {
    const everywhere = Object.entries(peers).find(
      ([, address]) => typeof address === 'string' && /^(\*|:|0\.0\.0\.0|\[?::\]?:)/.test(address),
    );
    if (everywhere !== undefined)
      return at(
        'peers',
        `${quote(String(everywhere[1]))} is not an address at which the others reach ${everywhere[0]}`,
        'write the address of that VM',
      );
  }
  if (typeof local !== 'string') return [];
  if (!isMapping(peers))
    return at('localPeer', 'localPeer is the name of a peer, and there are no peers', 'add peers, or remove localPeer');
  if ((peers[local] ?? null) === null)
    return at('localPeer', `${quote(local)} is not in peers`, `use one of ${Object.keys(peers).join(', ')}`);
  if ((valueAt(root, ['haproxy', 'layout']) ?? layoutDefault) === 'fragment')
    return at(
      'localPeer',
      'localPeer belongs in global, and layout fragment has no such section',
      `write localpeer ${local} in your own global section, and remove it here`,
    );
  return [];
}

function nodeNames(name: string, { nodes, lbServicePort }: YamlMap, root: YamlMap): readonly Violation[] {
  if (!Array.isArray(nodes)) return [];
  const at = (path: Violation['path'], what: string, hint: string) => conflictAt(path, 'value', what, hint);
  const here = ['listen', name, 'nodes'] as const;
  if ((lbServicePort ?? null) === null) return [at(here, 'nodes needs lbServicePort', 'remove it, or use lbServicePort')];
  if (nodes.length === 0) return [at(here, 'the list is empty', 'add a node, or remove nodes to use all of them')];
  const known = valueAt(root, ['cluster', 'nodes']) ?? null;
  if (!isMapping(known)) return [];
  return (nodes as readonly YamlValue[]).flatMap((node, i) =>
    typeof node !== 'string' || (known[node] ?? null) !== null
      ? []
      : [at([...here, i], `cluster.nodes has no ${quote(node)}`, `it has ${Object.keys(known).join(', ')}`)],
  );
}

function alpnWithoutCrt(bind: YamlValue, conflict: (key: string, what: string, hint: string) => void): void {
  if (isMapping(bind) && (bind.alpn ?? null) !== null && (bind.crt ?? null) === null)
    conflict('binds', `alpn is for TLS, and ${quote(String(bind.address))} has no crt`, 'add crt, or remove alpn');
}

/** Whether one of the binds has TLS. */
function hasCrt(binds: YamlValue): boolean {
  return Array.isArray(binds) && (binds as readonly YamlValue[]).some((bind) => isMapping(bind) && (bind.crt ?? null) !== null);
}
