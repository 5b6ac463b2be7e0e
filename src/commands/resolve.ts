import type { Config, Listen } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { Context } from '../context.ts';
import { slotsFor } from '../haproxy/slots/size.ts';
import { hostPort } from '../ip/address.ts';
import { atPlace, type Problem, problem } from '../problem/problem.ts';
import { chooseSource } from '../source/choose.ts';
import { dnsLookups, type Endpoint, type Evidence, type Observation } from '../source/observation.ts';
import { systemClock } from '../system/clock.ts';
import { writeResult } from '../system/output.ts';
import { table } from '../terminal/table.ts';

/** The options of `podfront resolve`. */
export interface ResolveOptions {
  readonly json?: boolean;
}

/** `podfront resolve`: prints the observation of each listen, or of those named. Returns 3 when one of them failed, else 0. */
export async function resolve({ io, messages, config: flag }: Context, names: readonly string[], options: ResolveOptions): Promise<number> {
  const { config } = await loadConfig(io, flag);
  const listens = selectListens(config, names);
  const source = await chooseSource(config, systemClock, { kubernetes: { env: io.env } });
  const observations = await source.list({ ...config, listens }, io.signal, true);
  for (const { listen, warnings, problem: why } of observations) {
    const at = { file: config.file, path: `listen.${listen.name}` };
    for (const warning of warnings) messages.warning(atPlace(warning, at));
    if (why !== null) messages.problem(atPlace(why, at));
  }
  writeResult(io.stdout, options.json === true ? `${JSON.stringify(observations.map(asJson), null, 2)}\n` : asText(observations));
  return observations.some(({ state }) => state === 'failed') ? 3 : 0;
}

function selectListens({ listens }: Config, names: readonly string[]): readonly Listen[] {
  for (const name of names) {
    if (listens.some((listen) => listen.name === name)) continue;
    throw problem('usage.no-such-listen', { name, known: listens.map((listen) => listen.name).join(', ') || 'none' });
  }
  return names.length === 0 ? listens : listens.filter(({ name }) => names.includes(name));
}

/** One element of `resolve --json`; scripts rely on its fields. */
function asJson(observation: Observation): object {
  const { listen, service, records, kind, state, why, endpoints, evidence } = observation;
  return {
    listen: listen.name,
    service,
    records,
    kind,
    state,
    endpoints: endpoints.map(({ address, port, details }) => ({ address: address.text, port, ...details })),
    slots: slotsOf(observation),
    problem: observation.problem === null ? null : problemJson(observation.problem),
    asked: dnsLookups({ evidence }).map(({ name, type, server, transport, rcode, answers, ttl, bytes, ms }) => {
      return { name, type, server, transport, rcode, answers, ttl, bytes, ms: Number(ms.toFixed(1)) };
    }),
    ...(evidence.kind === 'kubernetes' && { slices: evidence.slices }),
    why,
    warnings: observation.warnings.map(problemJson),
  };
}

function problemJson({ code, message, hint }: Problem): object {
  return { code, message, hint };
}

/** The number of servers that HAProxy gets: slots for pods that it resolves, a server for each other pod, else one for the service or for each node. */
function slotsOf({ listen, state, kind, resolution, endpoints }: Observation): number {
  if (state === 'failed') return 0;
  if (resolution?.kind === 'address') return endpoints.length;
  if (resolution !== null) return slotsFor(listen.maxExpectedPods, endpoints.length);
  return kind === 'nodes' ? endpoints.length : 1;
}

function asText(observations: readonly Observation[]): string {
  const listens = observations.map((each) => [
    each.listen.name,
    each.service,
    each.records,
    each.kind,
    each.state,
    each.endpoints.length,
    slotsOf(each),
    each.why,
  ]);
  const questions = observations.flatMap(({ listen, evidence }) =>
    dnsLookups({ evidence }).map((one) => {
      const { name, type, server, transport, rcode, answers, ttl, bytes, ms } = one;
      return [listen.name, name, type, server, transport, rcode ?? 'no answer', answers, ttl ?? '-', bytes, ms.toFixed(1)];
    }),
  );
  const slices = observations.flatMap(({ listen, evidence }) => sliceRows(listen.name, evidence));
  const all = observations.flatMap(({ listen, endpoints }) => endpoints.map((endpoint) => ({ listen: listen.name, endpoint })));
  const detailed = all.some(({ endpoint }) => endpoint.details !== null);
  const servers = all.map(({ listen, endpoint }) => [
    listen,
    hostPort(endpoint.address.text, endpoint.port),
    ...(detailed ? detailCells(endpoint) : []),
  ]);
  return [
    table(['LISTEN', 'SERVICE', 'RECORDS', 'KIND', 'STATE', 'SERVERS', 'SLOTS', 'WHY'], listens),
    table(['LISTEN', 'ASKED', 'TYPE', 'SERVER', 'VIA', 'ANSWER', 'RECORDS', 'TTL', 'BYTES', 'MS'], questions),
    table(['LISTEN', 'SLICE', 'VERSION', 'FAMILY', 'ENDPOINTS', 'READY', 'DRAINING'], slices),
    table(['LISTEN', 'ENDPOINT', ...(detailed ? ['POD', 'NODE', 'ZONE', 'STATE'] : [])], servers),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

/** A row for each EndpointSlice that the observation of a listen rests on. */
function sliceRows(listen: string, evidence: Evidence): readonly (readonly (string | number)[])[] {
  if (evidence.kind !== 'kubernetes') return [];
  return evidence.slices.map(({ name, resourceVersion, family, endpoints, ready, draining }) => [
    listen,
    name,
    resourceVersion,
    `IPv${family}`,
    endpoints,
    ready,
    draining,
  ]);
}

function detailCells({ details }: Endpoint): readonly string[] {
  if (details === null) return ['-', '-', '-', '-'];
  const { pod, node, zone, ready, draining } = details;
  return [pod ?? '-', node ?? '-', zone ?? '-', draining ? 'draining' : ready ? 'ready' : 'terminating, and none is ready'];
}
