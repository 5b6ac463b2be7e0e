import type { ListenDetails, ListenStatus, Status, StatusProblem } from '../../../src/status/status.ts';

/** 2026-03-01 12:00:00 UTC, at the beginning of a sample. */
export const noon = Date.UTC(2026, 2, 1, 12);

export const refused: StatusProblem = {
  code: 'dns.refused',
  message: 'cluster DNS refuses the question',
  hint: 'ask the right server',
  lines: [],
};

export function listenStatus(given: Partial<ListenStatus> = {}): ListenStatus {
  const { listen = 'ingress', pods = 3, slots = 20 } = given;
  return {
    listen,
    service: `${listen}.default.svc.cluster.local`,
    binds: ['198.51.100.2:443'],
    mayBeEmpty: false,
    traffic: pods === 0 ? 'none' : 'flows',
    outage: null,
    health: { up: pods, backups: 0, down: 0, draining: 0, maintenance: 0, sessions: 4 * pods, errors: 0, lastCheck: null },
    servers: Math.min(pods, slots),
    records: 'headless',
    state: 'fresh',
    since: new Date(noon - 1_000).toISOString(),
    staleSeconds: 0,
    pods,
    slots,
    free: Math.max(0, slots - pods),
    overflow: Math.max(0, pods - slots),
    outside: 0,
    failing: null,
    left: null,
    ...given,
  };
}

export function status(given: Partial<Status> = {}): Status {
  return {
    version: '0.1.0',
    host: 'frontend1',
    now: new Date(noon).toISOString(),
    health: { known: true, at: new Date(noon - 1_000).toISOString(), why: null },
    api: null,
    parts: [{ name: 'Cluster DNS', facts: { Servers: '10.0.0.254:53' }, problem: null }],
    startedAt: new Date(noon - 7_500_000).toISOString(),
    ready: true,
    config: { file: '/etc/podfront/podfront.yaml', problem: null },
    output: '/run/podfront/haproxy.cfg',
    haproxy: { state: 'running', pid: 4711, current: true },
    plan: { kind: 'keep', reasons: ['nothing changed'], until: null },
    problem: null,
    warnings: [],
    lastReload: {
      at: new Date(noon - 754_000).toISOString(),
      why: 'listen ingress grows to 40 slots',
      outcome: 'done',
      problem: null,
    },
    reloads: 2,
    failedReloads: 0,
    refreshes: 17,
    patches: { done: 0, failed: 0, leaving: 0 },
    listens: [listenStatus()],
    refused: [],
    services: [],
    ...given,
  };
}

/** The details of a listen, with some servers. */
export function listenDetails(given: Partial<ListenDetails> = {}): ListenDetails {
  const counts = {
    ...{ queued: 0, sessions: 4, maxSessions: 9, totalSessions: 1_234, bytesIn: 56_789, bytesOut: 9_876_543, connectErrors: 1 },
    ...{ responseErrors: 2, retries: 3, redispatches: 1, weight: 1, checkFailures: 2, timesDown: 1, downtime: 17 },
  };
  const server = { backup: false, counts, since: new Date(noon - 60_000).toISOString() };
  return {
    ...listenStatus(),
    serverList: [
      { ...server, name: 'pod1', address: '10.1.3.7:443', state: 'up', check: 'L4OK' },
      { ...server, name: 'pod2', address: '10.1.4.2:443', state: 'down', check: 'L4CON: Connection refused' },
      { ...server, name: 'service', address: '10.0.0.17:443', state: 'unknown', check: null, counts: null, backup: true },
    ],
    ...given,
  };
}

/** A frontend on a bad day: every kind of finding at once. */
export function badDay(): Status {
  const out = 'no server answered within 2 s: 10.0.0.254:53 over UDP: timeout';
  const silent: StatusProblem = {
    code: 'dns.silent',
    message: out,
    hint: 'is cluster DNS running, and is there a route to it?',
    lines: [],
  };
  const refusal = (listen: string): StatusProblem => ({
    code: 'haproxy.refused',
    message: 'HAProxy refused the rendered file',
    hint: `nothing was written; look at listen.${listen} in /etc/podfront/podfront.yaml`,
    lines: [`listen ${listen}: [ALERT] (1) : config : parsing [haproxy.cfg:41] : unknown keyword 'foo' in 'listen' section`],
  });
  return status({
    config: {
      file: '/etc/podfront/podfront.yaml',
      problem: {
        code: 'config.unknown-key',
        message: 'podfront.yaml:12:9: listen.ingress.bind: unknown key',
        hint: 'did you mean binds?',
        lines: [],
      },
    },
    lastReload: {
      at: new Date(noon - 40_000).toISOString(),
      why: 'listen shop is new',
      outcome: 'failed',
      problem: {
        code: 'reload.failed',
        message: 'HAProxy did not load the new file: the worker ended',
        hint: 'the last good file is back',
        lines: ['[ALERT] (4711) : Starting proxy shop: cannot bind socket (Address already in use) [127.0.0.1:443]'],
      },
    },
    listens: [
      listenStatus({ listen: 'ingress', pods: 12, slots: 20 }),
      listenStatus({ listen: 'shop', pods: 25, slots: 20 }),
      listenStatus({
        listen: 'mail',
        state: 'stale',
        staleSeconds: 200,
        since: new Date(noon - 200_000).toISOString(),
        failing: silent,
      }),
      listenStatus({ listen: 'wiki', state: 'failing', since: null, records: null, pods: 0, slots: 0, failing: silent, staleSeconds: 90 }),
      listenStatus({ listen: 'forum', left: refusal('forum') }),
      listenStatus({ listen: 'new', state: 'asking', since: null, records: null, pods: 0, slots: 0 }),
    ],
    refused: [{ listen: 'forum', problem: refusal('forum') }],
  });
}
