import * as z from 'zod/mini';
import type { Network } from '../ip/network.ts';
import { orProblem, Problem, problem, problemWith } from '../problem/problem.ts';
import type { Config, Nameserver } from './config.ts';
import { listenOf } from './listen-of.ts';
import { addressConflicts } from './rules/address-conflicts.ts';
import { frontRules, peerRules } from './rules/front.ts';
import { defaultNameserver, globalRules } from './rules/global.ts';
import { listenRules } from './rules/listen.ts';
import { loadBalancerRules } from './rules/load-balancer.ts';
import { sharedAddressRules } from './rules/shared-addresses.ts';
import { knownKeys } from './schema/known-keys.ts';
import { type Settings, schema } from './schema/schema.ts';
import { describeValue, faultAt, faultsOf, valueAt } from './yaml/faults.ts';
import { isMapping, readYamlSource, type YamlMap, type YamlSource } from './yaml/source.ts';

/** The use of the configuration: check-networks needs neither listens nor cluster DNS. */
export type Purpose = 'everything' | 'networks';

/**
 * Parses podfront.yaml: applies every default, validates every value, and freezes the result. Paths stay as written; `loadConfig`
 * resolves them. Throws config.invalid, whose `parts` are all faults with their places, in the order of the file.
 */
export function parseConfig(text: string, file: string, purpose: Purpose = 'everything'): Config {
  const source = readYamlSource(text, file);
  const faults: Problem[] = [...source.faults];
  const root = rootOf(source, faults, purpose);
  if (root === null) throw invalid(file, faults);

  const parsed = safeParse(root);
  if (parsed === null) throw invalid(file, [faultAt(problem('config.too-many-faults'), source, [], 'value')]);
  const ofSchema = parsed.success ? [] : faultsOf(parsed.error.issues, source, knownKeys);
  // After a YAML fault values are missing, and further faults would only follow from that.
  const ofRules = source.faults.length > 0 ? [] : violations(root, source).filter((fault) => isOwnFault(fault, ofSchema, purpose));
  const all = [...faults, ...ofSchema, ...ofRules];
  if (!parsed.success || all.length > 0) throw invalid(file, all);
  return frozen(configOf(parsed.data, file));
}

/** The result of the schema; null when there are so many issues that zod, which passes them as arguments, runs out of stack. */
function safeParse(root: YamlMap): ReturnType<typeof z.safeParse<typeof schema>> | null {
  try {
    return z.safeParse(schema, root);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Whether the violation is a fault of its own: a missing port beside an unknown key of the same listen follows from that. */
function isOwnFault(violation: Problem, ofSchema: readonly Problem[], purpose: Purpose): boolean {
  if (violation.code === 'config.no-nameserver') return purpose === 'everything';
  if (violation.code !== 'config.port-choice' || !violation.message.endsWith('there is none')) return true;
  return !ofSchema.some(
    ({ code, at }) => code === 'config.unknown-key' && at?.path?.slice(0, violation.at?.path?.length) === violation.at?.path,
  );
}

/** The mapping of the document; null, with a fault added, when there is nothing to validate. */
function rootOf(source: YamlSource, faults: Problem[], purpose: Purpose): YamlMap | null {
  const { value } = source;
  if (value === null) {
    if (faults.length === 0) faults.push(faultAt(problem('config.empty'), source, [], 'value'));
    return null;
  }
  if (!isMapping(value)) {
    const hint = 'begin with the keys cluster, haproxy, status, pace and listen; podfront init writes a commented starter';
    faults.push(faultAt(problem('config.type', { expected: 'a mapping', got: describeValue(value), hint }), source, [], 'value'));
    return null;
  }
  const listens = value.listen ?? null;
  if (source.faults.length > 0 || purpose === 'networks' || (value.loadBalancer ?? null) !== null) return value;
  if (listens === null || (isMapping(listens) && Object.values(listens).every((listen) => listen === null))) {
    faults.push(faultAt(problem('config.no-listen'), source, listens === null ? [] : ['listen'], 'key'));
  }
  return value;
}

function violations(root: YamlMap, source: YamlSource): readonly Problem[] {
  const listens = isMapping(root.listen)
    ? Object.entries(root.listen).filter((entry): entry is [string, YamlMap] => isMapping(entry[1]))
    : [];
  const nodes = valueAt(root, ['cluster', 'nodes']) ?? null;
  const hasNodes = nodes !== null && (!isMapping(nodes) || Object.values(nodes).some((node) => node !== null));
  const hasApi = (valueAt(root, ['cluster', 'api']) ?? null) !== null;
  const found = [
    ...globalRules(root, listens, hasApi),
    ...loadBalancerRules(root, hasApi),
    ...listens.flatMap(([name, listen]) => listenRules(name, listen, { hasNodes, hasApi })),
    ...listens.flatMap(([name, listen]) => frontRules(name, listen, root)),
    ...peerRules(root),
    ...sharedAddressRules(listens),
    ...addressConflicts(root, listens),
  ];
  return found.map(({ path, part, problem: fault }) => faultAt(fault, source, path, part));
}

function configOf({ cluster, haproxy, status, pace, listen, loadBalancer }: Settings, file: string): Config {
  return {
    file,
    cluster: {
      ...cluster,
      nameservers: cluster.nameservers ?? defaultNameservers(cluster.serviceNetworks),
      existingNetworks: cluster.existingNetworks.map(({ name, value }) => ({ name, network: value })),
      nodes: cluster.nodes.map(({ name, value }) => ({ name, address: value })),
    },
    haproxy: { ...haproxy, peers: (haproxy.peers ?? []).map(({ name, value }) => ({ name, address: value })) },
    status,
    pace,
    listens: (listen ?? []).map(({ name, value }) => listenOf(name, value, cluster.api !== null)),
    loadBalancer,
  };
}

/** Where the rule of NixOS gives none, none is needed: that was checked before. */
function defaultNameservers(serviceNetworks: readonly Network[]): readonly Nameserver[] {
  const nameserver = orProblem(() => defaultNameserver(serviceNetworks));
  return nameserver instanceof Problem ? [] : [nameserver];
}

/** The most faults that are shown. */
const mostShown = 50;

function invalid(file: string, faults: readonly Problem[]): Problem {
  const parts = [...faults].sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0));
  const count = parts.length === 1 ? '1 fault' : `${parts.length} faults`;
  const shown = parts.slice(0, mostShown);
  const more = parts.length > shown.length ? `, of which the first ${shown.length} are shown` : '';
  return problemWith({ parts: shown }, 'config.invalid', { file, count: count + more });
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}
