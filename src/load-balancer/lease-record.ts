import { isDeepStrictEqual } from 'node:util';

/** The parts of a Lease that an election needs (coordination.k8s.io/v1). */
export interface LeaseRecord {
  readonly resourceVersion: string;
  /** The identity of the leader; empty after a release. */
  readonly holder: string;
  /** In milliseconds. */
  readonly duration: number;
  readonly acquireTime: string;
  /** The time of the last renewal, by the holder's clock. */
  readonly renewTime: string;
  readonly transitions: number;
  /** The identities of the participants, in the order in which they joined. */
  readonly members: readonly string[];
}

/** A record, and the time at which this process first saw it: the holder's clock may differ. */
export interface ObservedRecord {
  readonly record: LeaseRecord;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The next action of a participant. */
export type LeaseStep =
  | { readonly kind: 'create'; readonly record: LeaseRecord }
  | { readonly kind: 'update'; readonly record: LeaseRecord; readonly holds: boolean }
  | { readonly kind: 'wait' };

/** The time that a lease lasts, the time that its holder leads without a renewal, and the time between attempts. In milliseconds. */
export interface LeaseTimes {
  readonly duration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
}

/**
 * The times of client-go's leader election are 15, 10 and 2 s. Here a leader that dies is replaced within 15 s in all: the others
 * see its last renewal at most `retryPeriod` late, and look at the end of the lease at most `retryPeriod` late.
 */
export const leaseTimes: LeaseTimes = { duration: 10_000, renewDeadline: 7_000, retryPeriod: 2_000 };

/** The annotation with the identities of the participants. */
const membersAnnotation = 'podfront/members';

/** The most members that are kept. */
const mostMembers = 16;

/** The record with the time at which this process first saw it; an unchanged record keeps its time. */
export function observeLease(before: ObservedRecord | null, record: LeaseRecord, now: number): ObservedRecord {
  return before !== null && isDeepStrictEqual(before.record, record) ? before : { record, at: now };
}

/**
 * The next action, as in client-go's tryAcquireOrRenew: create the Lease where there is none, renew it as its holder, take it when
 * no one holds it or it has expired, and otherwise wait. A participant that is not among the members adds itself.
 *
 * @param observed null when there is no Lease
 */
export function nextStep(observed: ObservedRecord | null, identity: string, times: LeaseTimes, now: number): LeaseStep {
  const time = microTime(now);
  const fresh = { holder: identity, duration: times.duration, acquireTime: time, renewTime: time };
  if (observed === null) return { kind: 'create', record: { resourceVersion: '', ...fresh, transitions: 0, members: [identity] } };
  const { record, at } = observed;
  const members = record.members.includes(identity) ? record.members : [...record.members, identity].slice(-mostMembers);
  if (record.holder === identity) {
    return { kind: 'update', holds: true, record: { ...record, ...fresh, acquireTime: record.acquireTime, members } };
  }
  if (record.holder === '' || at + record.duration <= now) {
    // Other participants add themselves again; those that are gone do not.
    return { kind: 'update', holds: true, record: { ...record, ...fresh, transitions: record.transitions + 1, members: [identity] } };
  }
  return members === record.members ? { kind: 'wait' } : { kind: 'update', holds: false, record: { ...record, members } };
}

/** The record with which a holder releases the lease, so that the next one need not wait. */
export function released(record: LeaseRecord, now: number): LeaseRecord {
  return { ...record, holder: '', duration: 1_000, renewTime: microTime(now) };
}

/** The place of a participant in the order of its Lease: 0 for the holder, the last place for one that is not a member yet. */
export function placeOf({ holder, members }: LeaseRecord, identity: string): number {
  if (identity === holder) return 0;
  const others = members.filter((member) => member !== holder);
  const place = others.indexOf(identity);
  return 1 + (place < 0 ? others.length : place);
}

/** Reads a Lease of the API; null where it is not one. */
export function readLease(object: unknown): LeaseRecord | null {
  const { metadata, spec } = (object ?? {}) as { readonly metadata?: Metadata; readonly spec?: Spec };
  if (typeof metadata?.resourceVersion !== 'string') return null;
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 256) : '');
  const seconds = spec?.leaseDurationSeconds;
  const members = text(metadata.annotations?.[membersAnnotation]).split(',');
  return {
    resourceVersion: metadata.resourceVersion,
    holder: text(spec?.holderIdentity),
    duration: typeof seconds === 'number' && seconds >= 1 && seconds <= 3_600 ? seconds * 1000 : leaseTimes.duration,
    acquireTime: text(spec?.acquireTime),
    renewTime: text(spec?.renewTime),
    transitions: typeof spec?.leaseTransitions === 'number' ? spec.leaseTransitions : 0,
    members: members.filter((member) => member !== '').slice(0, mostMembers),
  };
}

interface Metadata {
  readonly resourceVersion?: unknown;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

type Spec = Readonly<Record<'holderIdentity' | 'leaseDurationSeconds' | 'acquireTime' | 'renewTime' | 'leaseTransitions', unknown>>;

/** The Lease to send for a record. */
export function leaseObject(name: string, namespace: string, record: LeaseRecord): unknown {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace,
      annotations: { [membersAnnotation]: record.members.join(',') },
      ...(record.resourceVersion !== '' && { resourceVersion: record.resourceVersion }),
    },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: Math.round(record.duration / 1000),
      ...(record.acquireTime !== '' && { acquireTime: record.acquireTime }),
      ...(record.renewTime !== '' && { renewTime: record.renewTime }),
      leaseTransitions: record.transitions,
    },
  };
}

/** A time as Kubernetes' MicroTime. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}
