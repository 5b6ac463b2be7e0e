import type { Config, Listen } from '../../config/config.ts';
import type { Question } from '../../dns/message/question.ts';
import type { Address } from '../../ip/address.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import { checkAddresses } from '../check-addresses.ts';
import type { AddressClassifier } from '../classify-address.ts';
import type { Observation } from '../observation.ts';
import { completeObservation, type DnsObservation, emptyResult, failed, found, inOrder, nodes, pods } from './build-observation.ts';
import {
  type Addresses,
  addressesOf,
  type LookupResults,
  type Lookups,
  ofOneFamily,
  sorted,
  srvEndpointsOf,
  unanswered,
} from './lookups.ts';
import { clusterIpOnly, type Discovery, explainEmpty, podsFailed } from './not-found.ts';
import { fallbackName, serviceName } from './service-name.ts';

/** The next questions, or the observation. */
export type DiscoveryStep =
  | { readonly kind: 'ask'; readonly questions: readonly Question[] }
  | { readonly kind: 'observed'; readonly observation: Observation };

/**
 * Decides from the results so far on the observation of a listen, or on the questions that must be asked first.
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
  const discovery: Discovery = { config, listen, service: serviceName(config, listen), lookups, classify };
  const found = observe(discovery);
  const observed = found === null ? null : withFallback(discovery, found);
  if (observed === null) return { kind: 'ask', questions: unanswered(lookups) };
  const asked = [...lookups.questions.keys()].flatMap((key) => results.get(key)?.lookup ?? []);
  return { kind: 'observed', observation: completeObservation(config, listen, withUsableAddresses(discovery, observed), asked) };
}

/**
 * Adds the Service that takes over where no pod is left. It must have a ClusterIP: the name of a headless Service leads to its pods,
 * and has no address while none is ready.
 */
function withFallback(discovery: Discovery, observed: DnsObservation): DnsObservation | null {
  const { config, listen, lookups } = discovery;
  const port = listen.fallbackServicePort;
  if (listen.destination.kind !== 'pods' || typeof port !== 'number' || observed.state === 'failed') return observed;
  const name = fallbackName(config, listen);
  const plain = addressesOf(lookups, name);
  if (plain === null) return null;
  if (plain.kind === 'failed') return failed(observed.records, plain.problem);
  const { warnings = [] } = observed;
  if (plain.kind === 'empty') {
    // The name of a Service with a ClusterIP resolves; this Service is headless or does not exist, as far as cluster DNS shows.
    if (listen.fallbackServiceName === null) return { ...observed, serviceAddresses: [] };
    return {
      ...observed,
      serviceAddresses: [],
      fallback: name,
      warnings: [...warnings, problem('dns.fallback-missing', { service: name })],
    };
  }
  const serviceAddresses = inOrder(plain.addresses);
  if (!['pod', 'node'].includes(placeOf(discovery, serviceAddresses))) return { ...observed, serviceAddresses, fallback: name };
  const headless = problem('dns.fallback-headless', { service: name, port });
  if (observed.kind === 'service') return failed(observed.records, headless);
  return { ...observed, serviceAddresses: [], warnings: [...warnings, headless] };
}

/** Leaves out addresses that must not be used; what is left may be a failure. Nodes are configured, not discovered. */
function withUsableAddresses({ service, listen, classify }: Discovery, observed: DnsObservation): DnsObservation {
  if (observed.state !== 'found' || observed.kind === 'nodes') return observed;
  const { warnings = [] } = observed;
  const checked = checkAddresses(service, listen, observed, classify);
  if (checked.kind === 'failed') return { ...failed(observed.records, checked.problem), warnings, leftOut: checked.leftOut };
  const { endpoints, serviceAddresses, leftOut } = checked;
  return { ...observed, endpoints, serviceAddresses, leftOut, warnings: [...warnings, ...checked.warnings] };
}

function observe(discovery: Discovery): DnsObservation | null {
  const { destination, records } = discovery.listen;
  switch (destination.kind) {
    case 'nodes':
      return nodes(discovery.config, discovery.listen, destination.port);
    case 'service':
      return observeService(discovery, destination.port);
    case 'pods': {
      if (typeof destination.port === 'object') return bySrv(discovery, destination.port.name);
      if (records === 'wildcard') return byWildcard(discovery, destination.port);
      return byPlainName(discovery, destination.port);
    }
    default:
      return destination satisfies never;
  }
}

function observeService(discovery: Discovery, port: number): DnsObservation | null {
  const plain = addressesOf(discovery.lookups, discovery.service);
  if (plain === null) return null;
  const why = 'servicePort is set';
  if (plain.kind === 'failed') return failed('service', plain.problem);
  if (plain.kind === 'empty') return explainEmpty(discovery, plain, { ...emptyResult('service', null), why });
  const serviceAddresses = inOrder(plain.addresses);
  if (plain.aliases.length === 0 && placeOf(discovery, serviceAddresses) === 'pod')
    return failed('service', problem('dns.no-cluster-ip', { service: discovery.service, port }));
  const endpoints = ofOneFamily(serviceAddresses.map((address) => ({ address, port, details: null })));
  return {
    ...emptyResult('service', null),
    why,
    kind: 'service',
    state: 'found',
    endpoints,
    serviceAddresses,
    warnings: aliasWarning(discovery, plain),
  };
}

function byPlainName(discovery: Discovery, port: number): DnsObservation | null {
  const plain = addressesOf(discovery.lookups, discovery.service);
  if (plain === null) return null;
  const chosen = discovery.listen.records === 'headless';
  if (plain.kind === 'failed') return failed('headless', plain.problem);
  if (plain.kind === 'empty') {
    const why = chosen ? 'records is headless' : 'no pod is known yet, and headless is what to expect';
    return explainEmpty(discovery, plain, { ...emptyResult('headless', discovery.service), why });
  }
  const where = placeOf(discovery, plain.addresses);
  const serviceAddresses = inOrder(plain.addresses);
  const [first] = serviceAddresses;
  if (where === 'service' && !chosen) return behindClusterIp(discovery, port, serviceAddresses);
  const warnings = [...aliasWarning(discovery, plain)];
  if (where === 'service') warnings.push(problem('dns.looks-like-service', { service: discovery.service, address: first?.text ?? '' }));
  const why = chosen ? 'records is headless' : `its name has the address ${first?.text}, which is ${whereTexts[where]}`;
  return pods('headless', discovery.service, why, serviceAddresses, port, serviceAddresses, warnings);
}

/** The plain name has a ClusterIP: cluster DNS shows its pods through the wildcard, or not at all. */
function behindClusterIp(discovery: Discovery, port: number, serviceAddresses: readonly Address[]): DnsObservation | null {
  const name = `*.${discovery.service}`;
  const wildcard = addressesOf(discovery.lookups, name);
  if (wildcard === null) return null;
  const why = `its name has the ClusterIP ${serviceAddresses[0]?.text}, and cluster DNS answers wildcards for its pods`;
  if (wildcard.kind === 'found') return pods('wildcard', name, why, wildcard.addresses, port, serviceAddresses, []);
  if (wildcard.kind === 'failed') return podsFailed(discovery, 'wildcard', wildcard.problem);
  // Is no pod ready, or are wildcards not answered at all? A wildcard that must find this very service shows which.
  const probe = addressesOf(discovery.lookups, wildcardProbe(discovery));
  if (probe === null) return null;
  if (probe.kind !== 'found') return clusterIpOnly(discovery, serviceAddresses);
  const warnings = [problem('dns.none-ready', { service: discovery.service })];
  return { ...emptyResult('wildcard', name), kind: 'pods', why, serviceAddresses, warnings };
}

function byWildcard(discovery: Discovery, port: number): DnsObservation | null {
  const name = `*.${discovery.service}`;
  const wildcard = addressesOf(discovery.lookups, name);
  const plain = wildcard === null || wildcard.kind === 'failed' ? undefined : addressesOf(discovery.lookups, discovery.service);
  if (wildcard === null || plain === null) return null;
  const why = 'records is wildcard';
  if (wildcard.kind === 'failed') return failed('wildcard', wildcard.problem);
  const serviceAddresses = plain?.kind === 'found' ? inOrder(plain.addresses) : [];
  if (wildcard.kind === 'found') return pods('wildcard', name, why, wildcard.addresses, port, serviceAddresses, []);
  if (plain?.kind === 'failed') return failed('wildcard', plain.problem);
  if (plain === undefined || plain.kind === 'empty')
    return explainEmpty(discovery, plain ?? wildcard, { ...emptyResult('wildcard', name), why });
  const probe = addressesOf(discovery.lookups, wildcardProbe(discovery));
  if (probe === null) return null;
  if (probe.kind === 'found')
    return {
      ...emptyResult('wildcard', name),
      kind: 'pods',
      why,
      serviceAddresses,
      warnings: [problem('dns.none-ready', { service: discovery.service })],
    };
  if (placeOf(discovery, serviceAddresses) === 'service') return clusterIpOnly(discovery, serviceAddresses);
  return failed('wildcard', problem('dns.no-wildcards', { service: discovery.service }));
}

function bySrv(discovery: Discovery, portName: string): DnsObservation | null {
  const name = `_${portName}._tcp.${discovery.service}`;
  const srv = srvEndpointsOf(discovery.lookups, name);
  const plain = srv?.kind === 'empty' ? addressesOf(discovery.lookups, discovery.service) : undefined;
  if (srv === null || plain === null) return null;
  const why = 'the port has a name, which SRV records resolve';
  if (srv.kind === 'failed') return failed('srv', srv.problem);
  const serviceAddresses = plain?.kind === 'found' ? inOrder(plain.addresses) : [];
  if (srv.kind === 'empty') {
    if (plain?.kind === 'failed') return failed('srv', plain.problem);
    const empty = { ...emptyResult('srv', name), why, serviceAddresses };
    if (plain?.kind === 'found') {
      const udp = srvEndpointsOf(discovery.lookups, `_${portName}._udp.${discovery.service}`);
      if (udp === null) return null;
      const code = udp.kind === 'found' ? 'dns.udp-port' : 'dns.no-such-port';
      return { ...empty, warnings: [problem(code, { service: discovery.service, port: portName })] };
    }
    return explainEmpty(discovery, plain ?? { kind: 'empty', reason: 'NXDOMAIN', aliases: [] }, empty);
  }
  const addresses = srv.endpoints.map(({ address }) => address);
  if (placeOf(discovery, addresses) === 'service')
    return clusterIpOnly(discovery, serviceAddresses.length > 0 ? serviceAddresses : inOrder(addresses));
  const observed = found('srv', name, why, srv.endpoints, serviceAddresses, []);
  const otherFamily = sorted(srv.endpoints).length - observed.endpoints.length;
  if (otherFamily === 0) return observed;
  const warning = problem('dns.both-families', { service: discovery.service, pods: observed.endpoints.length, others: otherFamily });
  return { ...observed, otherFamily, warnings: [warning] };
}

/** A wildcard name that CoreDNS before 1.9 resolves to the service in any namespace, with or without pods. */
function wildcardProbe({ listen, config }: Discovery): string {
  return `${listen.serviceName}.*.svc.${config.cluster.domain}`;
}

const whereTexts = {
  pod: 'in a pod network',
  node: 'that of a node',
  service: 'in a service network',
  outside: 'outside the cluster',
} as const;

/** The place of the addresses: the first of pod, node and service that applies to any of them. */
function placeOf({ classify }: Discovery, addresses: readonly Address[]): keyof typeof whereTexts {
  const kinds = addresses.map((address) => classify(address).kind);
  return (['pod', 'node', 'service'] as const).find((kind) => kinds.includes(kind)) ?? 'outside';
}

function aliasWarning({ service, config }: Discovery, { aliases }: Extract<Addresses, { kind: 'found' }>): readonly Problem[] {
  const [alias] = aliases.slice(-1);
  if (alias === undefined) return [];
  const inCluster = alias.endsWith(`.${config.cluster.domain}`);
  return [problem(inCluster ? 'dns.alias-in-cluster' : 'dns.external-name', { service, alias })];
}
