import { parseAddress } from '../../ip/address.ts';
import { contains, type Network, parseNetwork } from '../../ip/network.ts';
import { Problem, problem } from '../../problem/problem.ts';
import type { Nameserver } from '../config.ts';
import { domainDefault, namespaceDefault, outputDefault, serviceNetworksDefault, settleDefaults } from '../schema/defaults.ts';
import { readNameserver } from '../values/cluster.ts';
import { parseMilliseconds } from '../values/duration.ts';
import { quote } from '../values/quoted.ts';
import { describeValue, valueAt } from '../yaml/faults.ts';
import type { YamlMap, YamlValue } from '../yaml/source.ts';
import type { Violation } from './listen.ts';

/** The rules between the groups of the configuration; like `listenRules`, on the values as written. */
export function globalRules(root: YamlMap, listens: readonly (readonly [string, YamlMap])[]): readonly Violation[] {
  return [
    ...nameserverRules(root),
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

function nameserverRules(root: YamlMap): readonly Violation[] {
  const given = valueAt(root, ['cluster', 'nameservers']) ?? null;
  if (given === null) {
    const written = valueAt(root, ['cluster', 'serviceNetworks']) ?? serviceNetworksDefault;
    const networks = Array.isArray(written)
      ? (written as readonly YamlValue[]).map((text) => (typeof text === 'string' ? parseNetwork(text) : null))
      : [null];
    if (networks.length === 0 || networks.some((network) => network === null)) return [];
    return violationOf(['cluster', 'serviceNetworks'], () => defaultNameserver(networks.filter((network) => network !== null)));
  }
  if (!Array.isArray(given)) return [];
  if (given.length === 0) {
    const hint = 'add one, or remove nameservers to use the default';
    return [{ path: ['cluster', 'nameservers'], part: 'value', problem: problem('config.conflict', { what: 'the list is empty', hint }) }];
  }
  return duplicates(given as readonly YamlValue[], (text) => {
    const { address, port } = readNameserver(text);
    return `${address.text} ${port}`;
  }).map(([i, text]) => ({
    path: ['cluster', 'nameservers', i],
    part: 'value',
    problem: problem('config.conflict', { what: `the name server ${quote(text)} occurs twice`, hint: 'remove one of them' }),
  }));
}

function nodeRules(root: YamlMap): readonly Violation[] {
  const nodes = valueAt(root, ['cluster', 'nodes']);
  if (typeof nodes !== 'object' || nodes === null || Array.isArray(nodes)) return [];
  const entries = Object.entries(nodes as YamlMap);
  return duplicates(
    entries.map(([, value]) => value),
    (text) => parseAddress(text)?.text ?? null,
  ).map(([i, text]) => ({
    path: ['cluster', 'nodes', entries[i]?.[0] ?? ''],
    part: 'value',
    problem: problem('config.conflict', {
      what: `two nodes have the address ${quote(text)}`,
      hint: 'give each node its own address',
    }),
  }));
}

function networkRules(root: YamlMap): readonly Violation[] {
  return (['serviceNetworks', 'podNetworks'] as const).flatMap((key): Violation[] => {
    const value = valueAt(root, ['cluster', key]);
    if (!Array.isArray(value) || value.length > 0) return [];
    const problemHere = problem('config.conflict', { what: 'the list is empty', hint: `add one, or remove ${key} to use the default` });
    return [{ path: ['cluster', key], part: 'value', problem: problemHere }];
  });
}

function settleRules(root: YamlMap): readonly Violation[] {
  const [min, max] = (['min', 'max'] as const).map((key) => valueAt(root, ['pace', 'settle', key]) ?? (settleDefaults[key] as YamlValue));
  const [least, most] = [min, max].map((text) => (typeof text === 'string' ? parseMilliseconds(text) : null));
  if (typeof least !== 'number' || typeof most !== 'number' || least <= most) return [];
  const fault = problem('config.conflict', {
    what: `min, ${describeValue(min)}, is longer than max, ${describeValue(max)}`,
    hint: 'max is the longest wait: make it the longer of the two',
  });
  return [{ path: ['pace', 'settle'], part: 'value', problem: fault }];
}

function loadedFileRules(root: YamlMap): readonly Violation[] {
  const output = valueAt(root, ['haproxy', 'output']) ?? outputDefault;
  const others = valueAt(root, ['haproxy', 'with']);
  if (!Array.isArray(others)) return [];
  return others.flatMap((file, i): Violation[] => {
    if (typeof file !== 'string' || file !== output) return [];
    const fault = problem('config.conflict', { what: `${quote(file)} is the output itself`, hint: 'list only the other files here' });
    return [{ path: ['haproxy', 'with', i], part: 'value', problem: fault }];
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
    return [
      { path: ['listen', name], part: 'key', problem: problem('config.conflict', { what, hint: 'shorten cluster.domain or a name' }) },
    ];
  });
}

/** The items that are equal to an earlier one. */
function duplicates(items: readonly YamlValue[], key: (text: string) => string | null): readonly (readonly [number, string])[] {
  const seen = new Set<string>();
  return items.flatMap((item, i): [number, string][] => {
    if (typeof item !== 'string') return [];
    let identity: string | null = null;
    try {
      identity = key(item);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
    if (identity === null) return [];
    if (seen.has(identity)) return [[i, item]];
    seen.add(identity);
    return [];
  });
}

function violationOf(path: Violation['path'], attempt: () => unknown): readonly Violation[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (error instanceof Problem) return [{ path, part: 'value', problem: error }];
    throw error;
  }
}
