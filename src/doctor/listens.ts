import type { Listen } from '../config/config.ts';
import { readSlots } from '../haproxy/file/slot-lines.ts';
import { compareSlotAddresses, queryServers, type ServerState, type ServersReading } from '../haproxy/process/servers-state.ts';
import type { SlotsByListen } from '../haproxy/slots/allocate.ts';
import { slotsFor } from '../haproxy/slots/size.ts';
import { hostPort, parseAddress } from '../ip/address.ts';
import { contains, type Network } from '../ip/network.ts';
import { dnsLookups, type Observation } from '../source/observation.ts';
import { systemClock } from '../system/clock.ts';
import { shortList } from '../terminal/short-list.ts';
import { type Check, fail, failedBy, pass, skip, warn } from './check.ts';
import {
  dnsAnswerSizes,
  dnsOverTcp,
  dnsOverUdp,
  haproxyRunsOutput,
  kubernetesApi,
  kubernetesPermissions,
  listenService,
  listenSlots,
  outputLoaded,
  podRouteName,
} from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { type CheckWithCauses, withCauses } from './root-causes.ts';
import { socketOf } from './running.ts';

/** The most comparisons, with growing pauses (milliseconds): HAProxy asks DNS every `pace.poll`, so a difference may be about to disappear. */
const attempts = 3;
const firstPause = 700;

/** For each listen, checks its service, whether every pod has a slot, and whether HAProxy has the addresses of the source in its slots. */
export async function listenChecks(facts: DoctorFacts): Promise<readonly CheckWithCauses[]> {
  const current: SlotsByListen = facts.currentFile === null ? new Map() : readSlots(facts.currentFile);
  const compared = await serverChecks(facts);
  return facts.observations.flatMap((observation, i) =>
    [service(facts, observation), slots(current, observation), compared[i] ?? []].flat(),
  );
}

/** Compares all listens with one reading of HAProxy's servers; those that differ are compared again with a new one, and with new answers of DNS. */
async function serverChecks(facts: DoctorFacts): Promise<readonly CheckWithCauses[]> {
  const { config, source, context, running } = facts;
  const { signal } = context.io;
  const latest = [...facts.observations];
  const checks = latest.map((observation) => servers(facts, observation, facts.servers));
  for (let attempt = 1; attempt < attempts; attempt++) {
    const differing = checks.flatMap(({ result }, i) => (result === 'fail' ? [i] : []));
    const socket = running.state.kind === 'running' ? socketOf(config.haproxy, running.state.worker.pid) : null;
    if (differing.length === 0 || socket === null) break;
    await systemClock.sleep(firstPause * attempt, signal);
    const listens = differing.flatMap((i) => latest[i]?.listen ?? []);
    const again = await source.list({ ...config, listens }, signal);
    const reading = await queryServers(socket.path, socket.prefix, signal);
    for (const [at, i] of differing.entries()) {
      const [before, now] = [latest[i], again[at]];
      if (before === undefined) continue;
      latest[i] = now === undefined || now.problem !== null ? before : now;
      checks[i] = servers(facts, latest[i] ?? before, reading);
    }
  }
  return Promise.all(checks.map((check, i) => withOtherPorts(facts, check, latest[i]?.listen)));
}

/** The check with a hint where all servers of a listen are down because podPort is the port of the Service and not of its pods. */
async function withOtherPorts(facts: DoctorFacts, check: CheckWithCauses, listen: Listen | undefined): Promise<CheckWithCauses> {
  if (listen === undefined || check.remedy !== downRemedy || check.result !== 'fail') return check;
  const [observation] = await facts.source.list({ ...facts.config, listens: [listen] }, facts.context.io.signal, true);
  const hint = observation?.warnings.find(({ code }) => code === 'dns.other-port');
  return hint === undefined ? check : { ...check, seen: `${check.seen}; ${hint.message}`, remedy: hint.hint };
}

function service(
  facts: DoctorFacts,
  { listen, service: name, kind, state, endpoints, why, warnings, problem, evidence }: Observation,
): CheckWithCauses {
  const check = listenService(listen.name);
  if (problem?.code.startsWith('api.')) return withCauses(failedBy(check, problem), [kubernetesApi], [kubernetesPermissions]);
  if (problem !== null) {
    const answered = dnsLookups({ evidence }).some(({ rcode }) => rcode === 'NOERROR' || rcode === 'NXDOMAIN');
    const byTcpOnly = facts.config.cluster.nameservers.every(({ transport }) => transport === 'tcp');
    return withCauses(
      failedBy(check, problem),
      answered ? [] : byTcpOnly ? [dnsOverTcp] : [dnsOverUdp, dnsOverTcp],
      answered ? [] : [dnsOverUdp],
    );
  }
  const found = { pods: `${endpoints.length} pods`, service: 'its ClusterIP', nodes: `${endpoints.length} nodes`, unknown: 'nothing' }[
    kind
  ];
  const seen = `${name}: ${found} (${why})`;
  const [first] = warnings;
  // A name that does not exist is a mistake; a service without ready pods may be intended.
  if (first?.code === 'dns.no-such-namespace' || first?.code === 'dns.no-such-port' || first?.code === 'dns.udp-port')
    return fail(check, `${seen}; ${first.message}`, first.hint);
  if (first !== undefined) return warn(check, `${seen}; ${first.message}`, first.hint);
  if (state === 'empty')
    return warn(check, `${seen}; no pod is ready`, 'check the pods and their readiness in Kubernetes, and the selector of the service');
  return pass(check, seen);
}

function slots(current: SlotsByListen, { listen, resolution, endpoints, otherFamily, problem }: Observation): Check {
  const check = listenSlots(listen.name);
  if (problem !== null) return skip(check, 'the cluster does not list its pods');
  if (resolution === null) return skip(check, 'its servers are not pods');
  if (resolution.kind === 'address') return skip(check, 'its pods need no slots: each is a server');
  const slotsInFile = current.get(listen.name)?.count;
  const records = endpoints.length + otherFamily;
  const count = slotsInFile ?? slotsFor(listen.maxExpectedPods, records);
  const seen = `${endpoints.length} pods${otherFamily === 0 ? '' : ` with ${records} SRV records, each of which takes a slot`}, ${count} slots${slotsInFile === undefined ? ' once the file is written' : ''}`;
  if (records <= count) return pass(check, seen);
  const remedy =
    listen.maxExpectedPods === 'auto' ? 'render the file again, or start podfront watch' : 'raise maxExpectedPods, or set it to auto';
  return fail(check, `${seen}: ${records - count} ${otherFamily === 0 ? 'pods' : 'records'} get no traffic`, remedy);
}

function servers(facts: DoctorFacts, observation: Observation, reading: ServersReading): CheckWithCauses {
  const check = `listen ${observation.listen.name}: servers in HAProxy`;
  if (facts.running.state.kind !== 'running') return skip(check, 'no running HAProxy was found');
  if (observation.problem !== null) return skip(check, 'the cluster does not say which servers there should be');
  if (reading.kind === 'unknown') return skip(check, reading.why);
  return compareCheck(facts, check, observation, reading.backends.get(observation.listen.name) ?? []);
}

/** Compares HAProxy's servers with the endpoints of the source. Ports are compared only where they come from SRV records, and not from the file. */
function compareCheck(
  { config }: DoctorFacts,
  check: string,
  { listen, resolution, kind, endpoints, records, serviceAddresses, otherFamily, family }: Observation,
  states: readonly ServerState[],
): CheckWithCauses {
  if (states.length === 0)
    return withCauses(
      fail(check, `HAProxy has no listen ${listen.name}`, 'see the checks of whether HAProxy loads and runs the output'),
      [outputLoaded],
      [haproxyRunsOutput],
    );
  const own = states.filter(
    ({ name, address }) =>
      (kind === 'nodes' || (resolution === null) === (name === 'service')) &&
      (otherFamily === 0 || address === null || address.includes(':') === (family === 6)),
  );
  const text = ({ address, port }: { readonly address: string; readonly port: number }) =>
    records === 'srv' || records === 'endpoints' ? hostPort(address, port) : address;
  // Traffic goes to the ClusterIP, because cluster DNS does not show the pods.
  const wanted =
    kind === 'service' && endpoints.length === 0
      ? serviceAddresses.map((address) => address.text)
      : endpoints.map(({ address, port }) => text({ address: address.text, port }));
  const textOf = (server: ServerState) => text({ address: server.address ?? '', port: server.port });
  // The server of a pod that has left stays as long as it has connections.
  const leaving = records === 'endpoints' ? own.filter((server) => server.admin === 'maint' && !wanted.includes(textOf(server))) : [];
  const current = own.filter((server) => !leaving.includes(server));
  const difference = compareSlotAddresses(current, wanted, textOf);
  const { surplus } = difference;
  // One of the addresses of a Service is enough.
  const missing = resolution === null && serviceAddresses.length > 1 && difference.missing.length < wanted.length ? [] : difference.missing;
  const compare =
    records === 'endpoints'
      ? 'podfront status says what podfront waits for'
      : 'compare `show resolvers` of HAProxy with the checks of cluster DNS';
  const remedy = `${compare}; a reload makes HAProxy use the addresses in the file`;
  if (missing.length > 0 || surplus.length > 0) {
    const parts = [
      missing.length > 0 ? `lacks ${missing.length} of ${wanted.length} addresses (${shortList(missing)})` : '',
      surplus.length > 0
        ? `has ${surplus.length} ${surplus.length === 1 ? 'address' : 'addresses'} that the cluster does not list (${shortList(surplus)})`
        : '',
    ];
    const differs = fail(check, `HAProxy ${parts.filter((part) => part !== '').join('; ')}`, remedy);
    return withCauses(differs, ...[listenSlots(listen.name), dnsAnswerSizes, haproxyRunsOutput, outputLoaded].map((name) => [name]));
  }
  const downServers = current.filter((server) => server.address !== null && !server.up && server.admin !== 'drain');
  const down = downServers.map((server) => `${server.name} ${server.address}`);
  const routes = config.cluster.podNetworks
    .filter((network) => downServers.some((server) => isIn(network, server.address)))
    .map(podRouteName);
  const left = leaving.length === 0 ? '' : `; ${leaving.length} of pods that left until their last connection ends`;
  const seen =
    records === 'endpoints'
      ? `${wanted.length} of ${wanted.length} endpoints are its servers${left}`
      : `${wanted.length} of ${wanted.length} addresses are in its slots`;
  const fallback = states.find(({ name, up }) => resolution !== null && name === 'service' && up);
  if (down.length > 0 && down.length === wanted.length && fallback !== undefined)
    return withCauses(
      warn(check, `${seen}, and all of them are down: traffic goes to the fallback ${fallback.address}`, downRemedy),
      routes,
    );
  if (down.length > 0 && down.length === wanted.length)
    return withCauses(fail(check, `${seen}, and all of them are down`, downRemedy), routes);
  if (down.length > 0)
    return withCauses(
      warn(check, `${seen}, and ${down.length} (${shortList(down)}) ${down.length === 1 ? 'is' : 'are'} down`, downRemedy),
      routes,
    );
  return pass(check, seen);
}

function isIn(network: Network, text: string | null): boolean {
  const address = text === null ? null : parseAddress(text);
  return address !== null && contains(network, address);
}

const downRemedy = 'health checks fail: check podPort, TLS to the pods (sslBackend), and the route to the pod network';
