import { readSlots } from '../haproxy/file/slot-lines.ts';
import { sendCommand } from '../haproxy/process/runtime-api.ts';
import { slotsFor } from '../haproxy/slots/size.ts';
import { hostPort, parseAddress } from '../ip/address.ts';
import { contains, type Network } from '../ip/network.ts';
import { dnsLookups, type Observation } from '../source/observation.ts';
import { systemClock } from '../system/clock.ts';
import { type Check, fail, failedBy, pass, shortList, skip, warn } from './check.ts';
import {
  dnsAnswerSizes,
  dnsOverTcp,
  dnsOverUdp,
  haproxyRunsOutput,
  listenService,
  listenSlots,
  outputLoaded,
  podRouteName,
} from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { compareServers, readServersState, type ServerState } from './read/servers-state.ts';
import { type CheckWithCauses, withCauses } from './root-causes.ts';
import { socketOf } from './running.ts';

const limit = 2_000;

/** HAProxy asks each `pace.poll`: what differs now may be on its way. So often it is looked again, a little later each time. */
const looks = 3;
const between = 700;

/** Of each listen: what its service is, whether its pods have slots, and whether HAProxy has in them what cluster DNS says. */
export async function listenChecks(visit: DoctorFacts): Promise<readonly CheckWithCauses[]> {
  const each = await Promise.all(
    visit.observations.map(async (observation) => [
      service(visit, observation),
      slots(visit, observation),
      await servers(visit, observation),
    ]),
  );
  return each.flat();
}

function service(
  visit: DoctorFacts,
  { listen, service: name, kind, state, endpoints, why, warnings, problem, evidence }: Observation,
): CheckWithCauses {
  const check = listenService(listen.name);
  if (problem !== null) {
    const answered = dnsLookups({ evidence }).some(({ rcode }) => rcode === 'NOERROR' || rcode === 'NXDOMAIN');
    const byTcpOnly = visit.config.cluster.nameservers.every(({ transport }) => transport === 'tcp');
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
  // A name that is nowhere is a mistake; a service without ready pods may be meant.
  if (first?.code === 'dns.no-such-namespace' || first?.code === 'dns.no-such-port')
    return fail(check, `${seen}; ${first.message}`, first.hint);
  if (first !== undefined) return warn(check, `${seen}; ${first.message}`, first.hint);
  if (state === 'empty')
    return warn(
      check,
      `${seen}; no pod is ready`,
      'look at the pods and their readiness in Kubernetes, and at the selector of the service',
    );
  return pass(check, seen);
}

function slots({ currentFile }: DoctorFacts, { listen, target, endpoints, problem }: Observation): Check {
  const check = listenSlots(listen.name);
  if (problem !== null) return skip(check, 'cluster DNS does not tell its pods');
  if (target === null) return skip(check, 'it follows no pods');
  const written = currentFile === null ? undefined : readSlots(currentFile).get(listen.name)?.slots;
  const count = written ?? slotsFor(listen.maxExpectedPods, endpoints.length);
  const seen = `${endpoints.length} pods, ${count} slots${written === undefined ? ' once the file is written' : ''}`;
  if (endpoints.length <= count) return pass(check, seen);
  const remedy =
    listen.maxExpectedPods === 'auto' ? 'render the file anew, or start podfront watch' : 'raise maxExpectedPods, or set it to auto';
  return fail(check, `${seen}: ${endpoints.length - count} pods get no traffic`, remedy);
}

async function servers(visit: DoctorFacts, first: Observation): Promise<CheckWithCauses> {
  const check = `listen ${first.listen.name}: servers in HAProxy`;
  const { state } = visit.running;
  if (state.kind !== 'running') return skip(check, 'no running HAProxy was seen');
  if (first.problem !== null) return skip(check, 'cluster DNS does not tell what should be there');
  const asked = socketOf(visit.config.haproxy, state.worker.pid);
  if (asked === null) return skip(check, 'there is no socket to ask: name one in haproxy.socket');
  const { signal } = visit.context.io;
  let now = first;
  for (let look = 1; ; look++) {
    const reply = await sendCommand(asked.path, `${asked.prefix}show servers state ${first.listen.name}`, limit, signal);
    const state = reply.ok ? readServersState(reply.text, first.listen.name) : null;
    if (state === null) return skip(check, `${asked.path} does not tell: ${reply.ok ? 'its level may be too low' : reply.why}`);
    const found = compared(visit, check, now, state);
    if (found.result === 'pass' || state.length === 0 || look === looks) return found;
    await systemClock.sleep(between * look, signal);
    now = (await observedAgain(visit, first)) ?? now;
  }
}

async function observedAgain({ config, context, source }: DoctorFacts, { listen }: Observation): Promise<Observation | null> {
  const [again] = await source.list({ ...config, listens: [listen] }, context.io.signal);
  return again === undefined || again.problem !== null ? null : again;
}

/** What is in HAProxy against what DNS says. Which ports count depends on who gives them: an SRV record does, else the file. */
function compared(
  { config }: DoctorFacts,
  check: string,
  { listen, target, kind, endpoints, records, serviceAddresses }: Observation,
  state: readonly ServerState[],
): CheckWithCauses {
  if (state.length === 0)
    return withCauses(
      fail(check, `HAProxy has no listen ${listen.name}`, 'see the checks whether HAProxy loads and runs the output'),
      [outputLoaded],
      [haproxyRunsOutput],
    );
  const own = state.filter((server) => kind === 'nodes' || (target === null) === (server.name === 'service'));
  const text = ({ address, port }: { readonly address: string; readonly port: number }) =>
    records === 'srv' ? hostPort(address, port) : address;
  const wanted = endpoints.map(({ address, port }) => text({ address: address.text, port }));
  const { missing, surplus } = compareServers(own, wanted, (server) => text({ address: server.address ?? '', port: server.port }));
  const many = (words: readonly string[]) => `${words.length} (${shortList(words)})`;
  const [lacks, beyond] = [target === null && serviceAddresses.length > 1 && missing.length < wanted.length ? [] : missing, surplus];
  const remedy = 'compare `show resolvers` of HAProxy with the checks of cluster DNS; a reload takes the addresses of the file';
  if (lacks.length > 0 || beyond.length > 0) {
    const parts = [lacks.length > 0 ? `lacks ${many(lacks)}` : '', beyond.length > 0 ? `has ${many(beyond)} that DNS does not know` : ''];
    const differs = fail(check, `HAProxy ${parts.filter((part) => part !== '').join(' and ')} of ${wanted.length} addresses`, remedy);
    return withCauses(differs, ...[listenSlots(listen.name), dnsAnswerSizes, haproxyRunsOutput, outputLoaded].map((name) => [name]));
  }
  const idle = own.filter((server) => server.address !== null && !server.up);
  const down = idle.map((server) => `${server.name} ${server.address}`);
  const routes = config.cluster.podNetworks.filter((network) => idle.some((server) => isIn(network, server.address))).map(podRouteName);
  const seen = `${wanted.length} of ${wanted.length} addresses are in its slots`;
  if (down.length > 0 && down.length === wanted.length)
    return withCauses(fail(check, `${seen}, and all of them are down`, downRemedy), routes);
  if (down.length > 0) return withCauses(warn(check, `${seen}, and ${many(down)} are down`, downRemedy), routes);
  return pass(check, seen);
}

function isIn(network: Network, text: string | null): boolean {
  const address = text === null ? null : parseAddress(text);
  return address !== null && contains(network, address);
}

const downRemedy = 'health checks fail: look at podPort, at TLS to the pods (sslBackend), and at the route to the pod network';
