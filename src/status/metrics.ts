import { type ListenStatus, loadBalancerPartName, type Status } from './status.ts';

/** An entry of the catalogue, from which `docs/metrics.md` is generated. */
export interface Metric {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** The metrics of podfront. Names contain the units. */
export const metrics = {
  podfront_build_info: { type: 'gauge', help: '1, with the version of podfront', labels: ['version'] },
  podfront_ready: { type: 'gauge', help: '1 after the first successful reconciliation', labels: [] },
  podfront_config_refused: {
    type: 'gauge',
    help: '1 while the configuration or a template on disk is rejected and the previous one is still in use',
    labels: [],
  },
  podfront_haproxy_up: { type: 'gauge', help: '1 while HAProxy is running; absent with haproxy.reload none', labels: [] },
  podfront_haproxy_health_known: { type: 'gauge', help: '1 while HAProxy reports which servers are up', labels: [] },
  podfront_haproxy_current: { type: 'gauge', help: '1 while HAProxy runs the desired file', labels: [] },
  podfront_held: {
    type: 'gauge',
    help: '1 while a problem stops podfront from updating HAProxy, with the code of the problem',
    labels: ['code'],
  },
  podfront_refused: { type: 'gauge', help: 'Files and listens that HAProxy refused and that are not retried', labels: [] },
  podfront_reloads_total: { type: 'counter', help: 'Reloads of HAProxy, by outcome', labels: ['outcome'] },
  podfront_patches_total: { type: 'counter', help: 'Changes of servers at run time, by outcome', labels: ['outcome'] },
  podfront_leaving_servers: {
    type: 'gauge',
    help: 'Servers in HAProxy whose pods are gone, and which are removed when their last connection ends',
    labels: [],
  },
  podfront_refreshes_total: { type: 'counter', help: 'Times the file was written without a reload', labels: [] },
  podfront_last_reload_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the last reload of HAProxy, in seconds since 1970',
    labels: [],
  },
  podfront_last_reload_failed: { type: 'gauge', help: '1 when the last reload failed and the last good file was restored', labels: [] },
  podfront_listen_pods: { type: 'gauge', help: 'Ready pods', labels: ['listen'] },
  podfront_listen_slots: { type: 'gauge', help: 'Slots for pods in HAProxy', labels: ['listen'] },
  podfront_listen_free: { type: 'gauge', help: 'Slots without a pod', labels: ['listen'] },
  podfront_listen_overflow: { type: 'gauge', help: 'Pods without a slot, which get no traffic', labels: ['listen'] },
  podfront_listen_outside: {
    type: 'gauge',
    help: 'Addresses in the last answer that are not used because they are outside the networks of the cluster',
    labels: ['listen'],
  },
  podfront_listen_stale_seconds: {
    type: 'gauge',
    help: 'Time since the last good answer of the cluster while answers fail; 0 while they are good',
    labels: ['listen'],
  },
  podfront_listen_failing: {
    type: 'gauge',
    help: '1 while the cluster gives no good answer, with the code of the problem',
    labels: ['listen', 'code'],
  },
  podfront_listen_left: {
    type: 'gauge',
    help: '1 while the listen is held back, with the code of the problem',
    labels: ['listen', 'code'],
  },
  podfront_listen_outage_seconds: {
    type: 'gauge',
    help: 'Time since no server of the listen takes traffic; 0 while one does; absent while that is not known',
    labels: ['listen'],
  },
  podfront_listen_outage: {
    type: 'gauge',
    help: '1 while no server of the listen takes traffic, with the code of the problem',
    labels: ['listen', 'code'],
  },
  podfront_listen_servers: {
    type: 'gauge',
    help: 'Servers in HAProxy by state: up, down, draining, maintenance; absent while that is not known',
    labels: ['listen', 'state'],
  },
  podfront_listen_sessions: { type: 'gauge', help: 'Current sessions of the listen in HAProxy', labels: ['listen'] },
  podfront_listen_errors_total: {
    type: 'counter',
    help: 'Failed connections to servers and invalid responses, since the worker of HAProxy started',
    labels: ['listen'],
  },
  podfront_api_failing_seconds: {
    type: 'gauge',
    help: 'Time since the Kubernetes API has given no good answer for some listen; 0 while it does; absent without cluster.api',
    labels: [],
  },
  podfront_api_events_total: { type: 'counter', help: 'Changes received from the Kubernetes API', labels: [] },
  podfront_api_watch_restarts_total: { type: 'counter', help: 'Watches of the Kubernetes API that broke and were restarted', labels: [] },
  podfront_change_lag_seconds: {
    type: 'histogram',
    help: 'Time from a change that was received from the Kubernetes API to the servers of HAProxy',
    labels: [],
  },
  podfront_loadbalancer_services: {
    type: 'gauge',
    help: 'Services of type LoadBalancer by state: served, not written, pending, failed; absent without loadBalancer',
    labels: ['state'],
  },
  podfront_loadbalancer_writes_failing: {
    type: 'gauge',
    help: '1 while the Lease or the status of a Service cannot be written, with the code of the problem',
    labels: ['code'],
  },
  podfront_loadbalancer_leader: {
    type: 'gauge',
    help: '1 on the VM that writes the status of Services; absent without loadBalancer',
    labels: [],
  },
  podfront_dns_answer_seconds: { type: 'histogram', help: 'Time until cluster DNS answered a question, failures included', labels: [] },
} as const satisfies Record<string, Metric>;

/** The name of a metric. */
export type MetricName = keyof typeof metrics;

/** One value of a metric, with the labels of the catalogue. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The values of the metrics for a status. */
export function samplesOf(status: Status): readonly Sample[] {
  const { haproxy, health, lastReload, problem } = status;
  const one = (name: MetricName, value: number | boolean, labels: Readonly<Record<string, string>> = {}): Sample => ({
    name,
    labels,
    value: Number(value),
  });
  return [
    one('podfront_build_info', 1, { version: status.version }),
    one('podfront_ready', status.ready),
    one('podfront_config_refused', status.config.problem !== null),
    ...(haproxy.state === 'unasked' ? [] : [one('podfront_haproxy_up', haproxy.state === 'running')]),
    one('podfront_haproxy_health_known', health.known),
    one('podfront_haproxy_current', haproxy.current),
    ...(problem === null ? [] : [one('podfront_held', 1, { code: problem.code })]),
    one('podfront_refused', status.refused.length),
    ...apiSamples(status).map(([name, value]) => one(name, value)),
    one('podfront_reloads_total', status.reloads, { outcome: 'done' }),
    one('podfront_reloads_total', status.failedReloads, { outcome: 'failed' }),
    one('podfront_refreshes_total', status.refreshes),
    one('podfront_patches_total', status.patches.done, { outcome: 'done' }),
    one('podfront_patches_total', status.patches.failed, { outcome: 'failed' }),
    one('podfront_leaving_servers', status.patches.leaving),
    ...(lastReload === null ? [] : [one('podfront_last_reload_timestamp_seconds', Date.parse(lastReload.at) / 1000)]),
    one('podfront_last_reload_failed', lastReload?.outcome === 'failed'),
    ...status.listens.flatMap(({ listen, pods, slots, free, overflow, outside, staleSeconds, failing, left }) => [
      one('podfront_listen_pods', pods, { listen }),
      one('podfront_listen_slots', slots, { listen }),
      one('podfront_listen_free', free, { listen }),
      one('podfront_listen_overflow', overflow, { listen }),
      one('podfront_listen_outside', outside, { listen }),
      one('podfront_listen_stale_seconds', staleSeconds, { listen }),
      ...(failing === null ? [] : [one('podfront_listen_failing', 1, { listen, code: failing.code })]),
      ...(left === null ? [] : [one('podfront_listen_left', 1, { listen, code: left.code })]),
    ]),
    ...status.listens.flatMap((listen) => trafficSamples(listen, status.now)),
    ...serviceSamples(status),
  ];
}

function serviceSamples({ services, parts }: Status): readonly Sample[] {
  const part = parts.find(({ name }) => name === loadBalancerPartName);
  if (part === undefined) return [];
  const states = (['served', 'not written', 'pending', 'failed'] as const).map(
    (state): Sample => ({
      name: 'podfront_loadbalancer_services',
      labels: { state },
      value: services.filter((service) => service.state === state).length,
    }),
  );
  const failing =
    part.problem === null ? [] : [{ name: 'podfront_loadbalancer_writes_failing' as const, labels: { code: part.problem.code }, value: 1 }];
  return [...states, ...failing, { name: 'podfront_loadbalancer_leader', labels: {}, value: Number(part.facts.Writer === 'this VM') }];
}

function trafficSamples({ listen, traffic, outage, health }: ListenStatus, now: string): readonly Sample[] {
  const since = outage === null ? 0 : Math.max(0, (Date.parse(now) - Date.parse(outage.since)) / 1000);
  const samples: Sample[] = [];
  if (traffic !== 'unknown') samples.push({ name: 'podfront_listen_outage_seconds', labels: { listen }, value: since });
  if (outage !== null) samples.push({ name: 'podfront_listen_outage', labels: { listen, code: outage.problem.code }, value: 1 });
  if (health === null) return samples;
  const states = (['up', 'down', 'draining', 'maintenance'] as const).map(
    (state): Sample => ({ name: 'podfront_listen_servers', labels: { listen, state }, value: health[state] }),
  );
  return [
    ...samples,
    ...states,
    { name: 'podfront_listen_sessions', labels: { listen }, value: health.sessions },
    { name: 'podfront_listen_errors_total', labels: { listen }, value: health.errors },
  ];
}

function apiSamples({ api, now }: Status): readonly (readonly [MetricName, number])[] {
  if (api === null) return [];
  const failing = api.failingSince === null ? 0 : Math.max(0, Date.parse(now) - Date.parse(api.failingSince)) / 1000;
  return [
    ['podfront_api_failing_seconds', failing],
    ['podfront_api_events_total', api.events],
    ['podfront_api_watch_restarts_total', api.watchRestarts],
  ];
}
