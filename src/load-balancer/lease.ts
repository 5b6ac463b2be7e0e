import { Problem, problem } from '../problem/problem.ts';
import type { Clock } from '../system/clock.ts';
import { withTimeLimit } from '../system/time-limit.ts';
import type { ApiResult, RequestApi } from './api.ts';
import {
  type LeaseRecord,
  type LeaseStep,
  type LeaseTimes,
  leaseObject,
  nextStep,
  type ObservedRecord,
  observeLease,
  placeOf,
  readLease,
  released,
} from './lease-record.ts';

/** The state of an election, as this participant sees it. */
export interface Election {
  /** The identity of the leader; empty where there is none, or none is known yet. */
  readonly holder: string;
  /** The place of this participant in the order of the Lease: 0 for the leader; null before the Lease was read. */
  readonly place: number | null;
  /** The reason why the Lease could not be read or renewed the last time; null where it could. */
  readonly problem: Problem | null;
}

/** A participant in the election of a leader. */
export interface ElectionCandidate {
  /** Whether it may write now. Without a renewal this ends well before another participant can take the lease. */
  readonly isLeader: () => boolean;
  readonly election: () => Election;
  /** Takes part until the signal, then releases the lease. Calls `changed` when the state of the election changes. */
  readonly run: (changed: () => void, signal: AbortSignal) => Promise<void>;
}

/** The dependencies of a candidate. */
export interface ElectionWorld {
  readonly clock: Clock;
  readonly request: RequestApi;
  /** Unique among the participants. */
  readonly identity: string;
  readonly lease: { readonly name: string; readonly namespace: string };
  readonly times: LeaseTimes;
}

/** The longest time for one request, in milliseconds, so that a hanging one leaves time for another attempt. */
const requestTimeout = 3_000;

/** Opens a candidate; the election begins with `run`. */
export function openCandidate({ clock, request, identity, lease, times }: ElectionWorld): ElectionCandidate {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${lease.namespace}/leases`;
  let observed: ObservedRecord | null = null;
  let leaderUntil = Number.NEGATIVE_INFINITY;
  let election: Election = { holder: '', place: null, problem: null };

  const isLeader = () => clock.now() < leaderUntil;

  async function send(step: Exclude<LeaseStep, { kind: 'wait' }>, signal: AbortSignal): Promise<ApiResult> {
    const body = leaseObject(lease.name, lease.namespace, step.record);
    if (step.kind === 'create') return request({ method: 'POST', path, body }, signal);
    return request({ method: 'PUT', path: `${path}/${lease.name}`, body }, signal);
  }

  /** Reads the Lease; null where there is none. */
  async function read(signal: AbortSignal): Promise<LeaseRecord | null> {
    const answer = await request({ method: 'GET', path: `${path}/${lease.name}` }, signal);
    if (answer.status === 404) return null;
    return recordIn(answer, 'get');
  }

  function recordIn(answer: ApiResult, verb: string): LeaseRecord {
    const record = answer.status >= 200 && answer.status < 300 ? readLease(answer.body) : null;
    if (record === null) throw problem('load-balancer.lease', { lease: `${lease.namespace}/${lease.name}`, why: apiReason(answer), verb });
    return record;
  }

  /** One attempt to acquire or renew the lease, or to see who has it. */
  async function attempt(signal: AbortSignal): Promise<void> {
    // The holder renews what it wrote last, without reading it first; a conflict shows that somebody else wrote.
    if (!isLeader() || observed === null) {
      const record = await read(signal);
      observed = record === null ? null : observeLease(observed, record, clock.now());
    }
    const startedAt = clock.now();
    const step = nextStep(observed, identity, times, startedAt);
    if (step.kind === 'wait') return;
    const answer = await send(step, signal);
    if (answer.status === 409) {
      const record = await read(signal);
      observed = record === null ? null : observeLease(observed, record, clock.now());
      if (record !== null && record.holder !== identity) leaderUntil = Number.NEGATIVE_INFINITY;
      return;
    }
    observed = observeLease(observed, recordIn(answer, step.kind), startedAt);
    if (step.kind === 'create' || step.holds) leaderUntil = startedAt + times.renewDeadline;
  }

  function stateAfter(failure: Problem | null): Election {
    const record = observed?.record ?? null;
    const expired = observed !== null && observed.at + observed.record.duration <= clock.now();
    const holder = record === null || (record.holder === identity && !isLeader()) || expired ? '' : record.holder;
    return { holder, place: record === null ? election.place : placeOf(record, identity), problem: failure };
  }

  /** Releases the lease. The first attempt is a conflict where a member has just added itself. */
  async function letGo(): Promise<void> {
    if (!isLeader() || observed === null) return;
    leaderUntil = Number.NEGATIVE_INFINITY;
    const timeout = AbortSignal.timeout(requestTimeout);
    let { record } = observed;
    for (let attempts = 3; attempts > 0; attempts--) {
      const answer = await send({ kind: 'update', holds: false, record: released(record, clock.now()) }, timeout);
      const current = answer.status === 409 ? await read(timeout) : null;
      if (current?.holder !== identity) return;
      record = current;
    }
  }

  return {
    isLeader,
    election: () => election,
    async run(changed, signal) {
      try {
        for (;;) {
          let failure: Problem | null = null;
          try {
            await withTimeLimit(requestTimeout, signal, attempt);
          } catch (error) {
            signal.throwIfAborted();
            failure = error instanceof Problem ? error : noAnswer(lease, error);
          }
          const before = election;
          election = stateAfter(failure);
          if (before.holder !== election.holder || before.place !== election.place || before.problem?.message !== failure?.message)
            changed();
          await clock.sleep(times.retryPeriod, signal);
        }
      } finally {
        // A lease that could not be released expires.
        await letGo().catch(() => {});
      }
    },
  };
}

function noAnswer(lease: ElectionWorld['lease'], error: unknown): Problem {
  if ((error as Error).name !== 'TimeoutError') throw error;
  const why = `no answer within ${requestTimeout / 1000} s`;
  return problem('load-balancer.lease', { lease: `${lease.namespace}/${lease.name}`, why, verb: 'get' });
}

/** The reason in an answer: the message of its Status, else the HTTP status. */
export function apiReason({ status, body }: ApiResult): string {
  const message = (body as { readonly message?: unknown } | null)?.message;
  return typeof message === 'string' && message !== '' ? message.slice(0, 300) : `HTTP status ${status}`;
}
