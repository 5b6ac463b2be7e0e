import { parseAddress } from '../../ip/address.ts';
import { contains, type Network, parseNetwork } from '../../ip/network.ts';
import { orProblem, Problem, problem } from '../../problem/problem.ts';
import type { Nameserver } from '../config.ts';
import { domainDefault, namespaceDefault, outputDefault, serviceNetworksDefault, settleDefaults } from '../schema/defaults.ts';
import { readNameserver } from '../values/cluster.ts';
import { parseMilliseconds } from '../values/duration.ts';
import { quote } from '../values/quoted.ts';
import { describeValue, valueAt } from '../yaml/faults.ts';
import type { Path } from '../yaml/path.ts';
import { isMapping, type YamlMap, type YamlValue } from '../yaml/source.ts';
import { conflictAt, type Violation } from './violation.ts';

/** The rules between the groups of the configuration; like `listenRules`, on the values as written. */
export function globalRules(root: YamlMap, listens: readonly (readonly [string, YamlMap])[], hasApi: boolean): readonly Violation[] {
  const needsDns = !hasApi || listens.some(([, listen]) => !isOfApi(listen));
  return [
    ...nameserverRules(root, needsDns),
    ...nodeRules(root),
    ...networkRules(root),
    ...settleRules(root),
    ...loadedFileRules(root),
    ...nameLengthRules(root, listens),
  ];
}

/** The default name server of NixOS: the first three octets of the first IPv4 service network and `.254`, if that lies inside it. Throws config.no-nameserver. */
export function defaultNameserver(serviceNetworks: readonly Network[]): Nameserver {
  const network = serviceNetworks.find(({ family }) => family === 4);
  if (network === undefined) throw problem('config.no-nameserver', { why: 'there is no IPv4 service network to derive it from' });
  const text = network.cidr.replace(/\.\d+\/\d+$/, '.254');
  const address = parseAddress(text);
  if (address === null || !contains(network, address)) {
    throw problem('config.no-nameserver', { why: `${text}, where NixOS would have it, is outside ${network.cidr}` });
  }
  return { address, port: 53, transport: 'udp' };
}

/** Whether the pods of a listen come from the Kubernetes API, where there is `cluster.api`. */
function isOfApi({ podPort = null, records = null }: YamlMap): boolean {
  return podPort !== null && (records === null || records === 'auto' || records === 'endpoints');
}

function nameserverRules(root: YamlMap, needsDns: boolean): readonly Violation[] {
  const given = valueAt(root, ['cluster', 'nameservers']) ?? null;
  if (given === null) {
    if (!needsDns) return [];
    const written = valueAt(root, ['cluster', 'serviceNetworks']) ?? serviceNetworksDefault;
    const networks = Array.isArray(written)
      ? (written as readonly YamlValue[]).map((text) => (typeof text === 'string' ? parseNetwork(text) : null))
      : [null];
    if (networks.length === 0 || networks.some((network) => network === null)) return [];
    const fault = orProblem(() => defaultNameserver(networks.filter((network) => network !== null)));
    return fault instanceof Problem ? [{ path: ['cluster', 'serviceNetworks'], part: 'value', problem: fault }] : [];
  }
  if (!Array.isArray(given)) return [];
  const at: Path = ['cluster', 'nameservers'];
  if (given.length === 0) return [conflictAt(at, 'value', 'the list is empty', 'add one, or remove nameservers to use the default')];
  return duplicates(given as readonly YamlValue[], (text) => {
    const { address, port } = readNameserver(text);
    return `${address.text} ${port}`;
  }).map(([i, text]) => conflictAt([...at, i], 'value', `the name server ${quote(text)} occurs twice`, 'remove one of them'));
}

function nodeRules(root: YamlMap): readonly Violation[] {
  const nodes = valueAt(root, ['cluster', 'nodes']);
  if (!isMapping(nodes)) return [];
  const entries = Object.entries(nodes);
  return duplicates(
    entries.map(([, value]) => value),
    (text) => parseAddress(text)?.text ?? null,
  ).map(([i, text]) => {
    const what = `two nodes have the address ${quote(text)}`;
    return conflictAt(['cluster', 'nodes', entries[i]?.[0] ?? ''], 'value', what, 'give each node its own address');
  });
}

function networkRules(root: YamlMap): readonly Violation[] {
  return (['serviceNetworks', 'podNetworks'] as const).flatMap((key): Violation[] => {
    const value = valueAt(root, ['cluster', key]);
    if (!Array.isArray(value) || value.length > 0) return [];
    return [conflictAt(['cluster', key], 'value', 'the list is empty', `add one, or remove ${key} to use the default`)];
  });
}

function settleRules(root: YamlMap): readonly Violation[] {
  const [min, max] = (['min', 'max'] as const).map((key) => valueAt(root, ['pace', 'settle', key]) ?? (settleDefaults[key] as YamlValue));
  const [least, most] = [min, max].map((text) => (typeof text === 'string' ? parseMilliseconds(text) : null));
  if (typeof least !== 'number' || typeof most !== 'number' || least <= most) return [];
  const what = `min, ${describeValue(min)}, is longer than max, ${describeValue(max)}`;
  return [conflictAt(['pace', 'settle'], 'value', what, 'max is the longest wait: make it the longer of the two')];
}

function loadedFileRules(root: YamlMap): readonly Violation[] {
  const output = valueAt(root, ['haproxy', 'output']) ?? outputDefault;
  const others = valueAt(root, ['haproxy', 'with']);
  if (!Array.isArray(others)) return [];
  return others.flatMap((file, i): Violation[] => {
    if (typeof file !== 'string' || file !== output) return [];
    return [conflictAt(['haproxy', 'with', i], 'value', `${quote(file)} is the output itself`, 'list only the other files here')];
  });
}

/** DNS names have at most 253 characters (RFC 1035, section 2.3.4), including the longest one that is asked for. */
function nameLengthRules(root: YamlMap, listens: readonly (readonly [string, YamlMap])[]): readonly Violation[] {
  const text = (value: YamlValue | undefined, fallback: string) => (typeof value === 'string' ? value : fallback);
  const domain = text(valueAt(root, ['cluster', 'domain']), domainDefault);
  return listens.flatMap(([name, { podPort, serviceName, namespace }]): Violation[] => {
    const prefix = typeof podPort === 'string' ? `_${podPort}._tcp` : '*';
    const longest = `${prefix}.${text(serviceName, name)}.${text(namespace, namespaceDefault)}.svc.${domain}`;
    if (longest.length <= 253 || domain.length > 253) return [];
    const what = `the DNS name of its pods would have ${longest.length} characters, and 253 are allowed`;
    return [conflictAt(['listen', name], 'key', what, 'shorten cluster.domain or a name')];
  });
}

/** The items that are equal to an earlier one. */
function duplicates(items: readonly YamlValue[], key: (text: string) => string | null): readonly (readonly [number, string])[] {
  const seen = new Set<string>();
  return items.flatMap((item, i): [number, string][] => {
    if (typeof item !== 'string') return [];
    const identity = orProblem(() => key(item));
    if (identity === null || identity instanceof Problem) return [];
    if (seen.has(identity)) return [[i, item]];
    seen.add(identity);
    return [];
  });
}
