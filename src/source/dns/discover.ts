import type { Config, Listen } from '../../config/config.ts';
import { nodesOf } from '../../config/nodes.ts';
import type { Question } from '../../dns/message/question.ts';
import type { Address } from '../../ip/address.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import { checkAddresses } from '../check-addresses.ts';
import type { AddressClassifier } from '../classify-address.ts';
import type { Observation, Records } from '../observation.ts';
import { complete, type DnsObservation, emptyResult, failed, found, inOrder, pods } from './build-observation.ts';
import { type Addresses, addressesOf, type LookupResults, type Lookups, ofOneFamily, servicesOf, sorted, unanswered } from './lookups.ts';
import { clusterIpOnly, type DiscoveryCase, explainEmpty, podsFailed } from './not-found.ts';
import { serviceName } from './service-name.ts';

/** The next questions, or the observation. */
export type DiscoveryStep =
  | { readonly kind: 'ask'; readonly questions: readonly Question[] }
  | { readonly kind: 'observed'; readonly observation: Observation };

/**
 * Decides from the results so far what is known of a listen, or what must be asked to tell.
 *
 * | plain name             | then                                                                                |
 * |------------------------|-------------------------------------------------------------------------------------|
 * | in a pod network       | headless                                                                            |
 * | in a service network   | the wildcard answers: wildcard; it does not: failed, or `fallbackServicePort`  |
 * | elsewhere              | headless, if `outside` is set; otherwise failed (see `checkAddresses`)              |
 * | nothing                | headless and empty; the namespace's name and dns-version tell why                   |
 * | failed                 | failed                                                                              |
 */
export function discover(config: Config, listen: Listen, results: LookupResults, classify: AddressClassifier): DiscoveryStep {
  const { serviceNetworks, podNetworks } = config.cluster;
  const withIpv6 = [...serviceNetworks, ...podNetworks].some(({ family }) => family === 6);
  const lookups: Lookups = { results, questions: new Map(), withIpv6 };
  const it: DiscoveryCase = { config, listen, service: serviceName(config, listen), lookups, classify };
  const observed = observe(it);
  if (observed === null) return { kind: 'ask', questions: unanswered(lookups) };
  const asked = [...lookups.questions.keys()].flatMap((key) => results.get(key)?.lookup ?? []);
  return { kind: 'observed', observation: complete(config, listen, withUsableAddresses(it, observed), asked) };
}

/** Leaves out addresses that must not be used; what is left may be a failure. Nodes are configured, not discovered. */
function withUsableAddresses({ service, listen, classify }: DiscoveryCase, observed: DnsObservation): DnsObservation {
  if (observed.state !== 'found' || observed.kind === 'nodes') return observed;
  const { warnings = [] } = observed;
  const checked = checkAddresses(service, listen, observed, classify);
  if (checked.kind === 'failed') return { ...failed(observed.records, checked.problem), warnings, leftOut: checked.leftOut };
  const { endpoints, serviceAddresses, leftOut } = checked;
  return { ...observed, endpoints, serviceAddresses, leftOut, warnings: [...warnings, ...checked.warnings] };
}

/** The observations of listens without asking anything: `records: auto` is headless. */
export function observeOffline(config: Config, listens: readonly Listen[]): readonly Observation[] {
  return listens.map((listen) => {
    const { target } = listen;
    const service = serviceName(config, listen);
    if (target.kind === 'nodes') return complete(config, listen, nodes(config, listen, target.port), []);
    if (target.kind === 'service') return complete(config, listen, { ...emptyResult('service', null), why: 'servicePort is set' }, []);
    const records = typeof target.port === 'object' ? 'srv' : listen.records === 'wildcard' ? 'wildcard' : 'headless';
    const why = listen.records === 'auto' ? 'nothing was asked' : `records is ${listen.records}`;
    return complete(config, listen, { ...emptyResult(records, nameFor(records, service, target.port)), why }, []);
  });
}

function observe(it: DiscoveryCase): DnsObservation | null {
  const { target, records } = it.listen;
  switch (target.kind) {
    case 'nodes':
      return nodes(it.config, it.listen, target.port);
    case 'service':
      return toService(it, target.port);
    case 'pods': {
      if (typeof target.port === 'object') return bySrv(it, target.port.name);
      if (records === 'wildcard') return byWildcard(it, target.port);
      return byPlainName(it, target.port);
    }
    default:
      return target satisfies never;
  }
}

function nodes(config: Config, listen: Listen, port: number): DnsObservation {
  const endpoints = sorted(nodesOf(config, listen).map(({ address }) => ({ address, port })));
  const state = endpoints.length > 0 ? 'found' : 'empty';
  return {
    records: 'nodes',
    why: 'lbServicePort is set',
    kind: 'nodes',
    state,
    target: null,
    endpoints,
    serviceAddresses: [],
    problem: null,
  };
}

function toService(it: DiscoveryCase, port: number): DnsObservation | null {
  const plain = addressesOf(it.lookups, it.service);
  if (plain === null) return null;
  const why = 'servicePort is set';
  if (plain.kind === 'failed') return failed('service', plain.problem);
  if (plain.kind === 'empty') return explainEmpty(it, plain, { ...emptyResult('service', null), why });
  const serviceAddresses = inOrder(plain.addresses);
  const endpoints = ofOneFamily(serviceAddresses.map((address) => ({ address, port })));
  return {
    ...emptyResult('service', null),
    why,
    kind: 'service',
    state: 'found',
    endpoints,
    serviceAddresses,
    warnings: aliasWarning(it, plain),
  };
}

function byPlainName(it: DiscoveryCase, port: number): DnsObservation | null {
  const plain = addressesOf(it.lookups, it.service);
  if (plain === null) return null;
  const chosen = it.listen.records === 'headless';
  if (plain.kind === 'failed') return failed('headless', plain.problem);
  if (plain.kind === 'empty') {
    const why = chosen ? 'records is headless' : 'no pod is known yet, and headless is what to expect';
    return explainEmpty(it, plain, { ...emptyResult('headless', it.service), why });
  }
  const where = placeOf(it, plain.addresses);
  const serviceAddresses = inOrder(plain.addresses);
  const [first] = serviceAddresses;
  if (where === 'service' && !chosen) return behindClusterIp(it, port, serviceAddresses);
  const warnings = [...aliasWarning(it, plain)];
  if (where === 'service') warnings.push(problem('dns.looks-like-service', { service: it.service, address: first?.text ?? '' }));
  const why = chosen ? 'records is headless' : `its name has the address ${first?.text}, which is ${whereTexts[where]}`;
  return pods('headless', it.service, why, serviceAddresses, port, serviceAddresses, warnings);
}

/** The plain name has a ClusterIP: cluster DNS shows its pods through the wildcard, or not at all. */
function behindClusterIp(it: DiscoveryCase, port: number, serviceAddresses: readonly Address[]): DnsObservation | null {
  const name = `*.${it.service}`;
  const wildcard = addressesOf(it.lookups, name);
  if (wildcard === null) return null;
  const why = `its name has the ClusterIP ${serviceAddresses[0]?.text}, and cluster DNS answers wildcards for its pods`;
  if (wildcard.kind === 'found') return pods('wildcard', name, why, wildcard.addresses, port, serviceAddresses, []);
  if (wildcard.kind === 'failed') return podsFailed(it, 'wildcard', wildcard.problem);
  // No pod ready, or no wildcards at all? A wildcard that must find this very service tells.
  const probe = addressesOf(it.lookups, wildcardProbe(it));
  if (probe === null) return null;
  if (probe.kind !== 'found') return clusterIpOnly(it, serviceAddresses);
  const warnings = [problem('dns.none-ready', { service: it.service })];
  return { ...emptyResult('wildcard', name), kind: 'pods', why, serviceAddresses, warnings };
}

function byWildcard(it: DiscoveryCase, port: number): DnsObservation | null {
  const name = `*.${it.service}`;
  const wildcard = addressesOf(it.lookups, name);
  const plain = wildcard === null || wildcard.kind === 'failed' ? undefined : addressesOf(it.lookups, it.service);
  if (wildcard === null || plain === null) return null;
  const why = 'records is wildcard';
  if (wildcard.kind === 'failed') return failed('wildcard', wildcard.problem);
  const serviceAddresses = plain?.kind === 'found' ? inOrder(plain.addresses) : [];
  if (wildcard.kind === 'found') return pods('wildcard', name, why, wildcard.addresses, port, serviceAddresses, []);
  if (plain?.kind === 'failed') return failed('wildcard', plain.problem);
  if (plain === undefined || plain.kind === 'empty') return explainEmpty(it, plain ?? wildcard, { ...emptyResult('wildcard', name), why });
  const probe = addressesOf(it.lookups, wildcardProbe(it));
  if (probe === null) return null;
  if (probe.kind === 'found')
    return {
      ...emptyResult('wildcard', name),
      kind: 'pods',
      why,
      serviceAddresses,
      warnings: [problem('dns.none-ready', { service: it.service })],
    };
  if (placeOf(it, serviceAddresses) === 'service') return clusterIpOnly(it, serviceAddresses);
  return failed('wildcard', problem('dns.no-wildcards', { service: it.service }));
}

function bySrv(it: DiscoveryCase, portName: string): DnsObservation | null {
  const name = `_${portName}._tcp.${it.service}`;
  const srv = servicesOf(it.lookups, name);
  const wanted = it.listen.fallbackServicePort !== null || srv?.kind === 'empty';
  const plain = wanted ? addressesOf(it.lookups, it.service) : undefined;
  if (srv === null || plain === null) return null;
  const why = 'the port has a name, which SRV records resolve';
  if (srv.kind === 'failed') return failed('srv', srv.problem);
  const serviceAddresses = plain?.kind === 'found' ? inOrder(plain.addresses) : [];
  if (srv.kind === 'empty') {
    if (plain?.kind === 'failed') return failed('srv', plain.problem);
    const empty = { ...emptyResult('srv', name), why, serviceAddresses };
    if (plain?.kind === 'found') return { ...empty, warnings: [problem('dns.no-such-port', { service: it.service, port: portName })] };
    return explainEmpty(it, plain ?? { kind: 'empty', reason: 'NXDOMAIN', aliases: [] }, empty);
  }
  const addresses = srv.endpoints.map(({ address }) => address);
  if (placeOf(it, addresses) === 'service') return clusterIpOnly(it, serviceAddresses.length > 0 ? serviceAddresses : inOrder(addresses));
  return found('srv', name, why, srv.endpoints, serviceAddresses, []);
}

/** Before CoreDNS 1.9 this finds the service in whatever namespace, ours included, with or without pods. */
function wildcardProbe({ listen, config }: DiscoveryCase): string {
  return `${listen.serviceName}.*.svc.${config.cluster.domain}`;
}

const whereTexts = {
  pod: 'in a pod network',
  node: 'that of a node',
  service: 'in a service network',
  outside: 'outside the cluster',
} as const;

/** Where the addresses are; the first of pod, node and service that any of them is. */
function placeOf({ classify }: DiscoveryCase, addresses: readonly Address[]): keyof typeof whereTexts {
  const kinds = addresses.map((address) => classify(address).kind);
  return (['pod', 'node', 'service'] as const).find((kind) => kinds.includes(kind)) ?? 'outside';
}

function aliasWarning({ service, config }: DiscoveryCase, { aliases }: Extract<Addresses, { kind: 'found' }>): readonly Problem[] {
  const [alias] = aliases.slice(-1);
  if (alias === undefined) return [];
  const inCluster = alias.endsWith(`.${config.cluster.domain}`);
  return [problem(inCluster ? 'dns.alias-in-cluster' : 'dns.external-name', { service, alias })];
}

function nameFor(records: Records, service: string, port: number | { readonly name: string }): string {
  if (typeof port === 'object') return `_${port.name}._tcp.${service}`;
  return records === 'wildcard' ? `*.${service}` : service;
}
