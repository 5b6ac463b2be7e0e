import { createHash } from 'node:crypto';
import type { ServiceEvent } from './cause.ts';
import { type AllocatedAddress, ingressForm, type Service } from './service.ts';

/** The status and Events to write for a Service. */
export interface Publication {
  readonly service: Service;
  /** The addresses for its status; null leaves the status unchanged. */
  readonly addresses: readonly AllocatedAddress[] | null;
  /** The Events for current problems. The Event of an allocated address is created when its status is written. */
  readonly events: readonly ServiceEvent[];
}

/** A status that was written. */
export interface WrittenStatus {
  /** In the form of `Service.ingress`. */
  readonly form: string;
  /** The version of the Service that was overwritten; no older view of it shows what was written. */
  readonly before: string;
  /** The time of the write, in milliseconds since 1970. */
  readonly at: number;
  /** The number of times in a row that the same was written, because someone else had changed it. */
  readonly repeats: number;
}

/** Milliseconds before a status that someone else keeps changing is written back. */
const fightDelay = 30_000;

/** `status.loadBalancer.ingress` for these addresses. */
export function ingressOf(addresses: readonly AllocatedAddress[]): readonly object[] {
  return addresses.map(({ address, ports }) => ({
    ip: address.text,
    ipMode: 'Proxy',
    ports: ports.map((port) => ({ port, protocol: 'TCP' })),
  }));
}

/**
 * The time to write the status of a Service, in milliseconds since 1970; null where it needs no write.
 *
 * @param written what was written last; undefined where nothing was
 */
export function writeAt({ service, addresses }: Publication, written: WrittenStatus | undefined, now: number): number | null {
  if (addresses === null) return null;
  const form = ingressForm(ingressOf(addresses));
  if (service.ingress === form) return null;
  if (written?.form !== form) return now;
  if (written.before === service.resourceVersion) return null;
  return written.repeats === 0 ? now : written.at + fightDelay;
}

/** The record of a write. */
export function writtenAfter({ service, addresses }: Publication, before: WrittenStatus | undefined, now: number): WrittenStatus {
  const form = ingressForm(ingressOf(addresses ?? []));
  return { form, before: service.resourceVersion, at: now, repeats: before?.form === form ? before.repeats + 1 : 0 };
}

/** The identity of an Event: the same for the same cause on the same Service, in every process. */
export function eventKey({ uid }: Service, { reason, message }: ServiceEvent): string {
  return createHash('sha256').update(`${uid}\n${reason}\n${message}`).digest('hex').slice(0, 16);
}

/**
 * The Event to create (v1). Its name is derived from its cause, so that another process, or this one after a restart, finds that it
 * exists already.
 */
export function eventObject(service: Service, event: ServiceEvent, instance: string, now: number): unknown {
  const { name, namespace, uid, resourceVersion } = service;
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName(service, event), namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Service', name, namespace, uid, resourceVersion },
    type: event.type,
    reason: event.reason,
    message: event.message.slice(0, 1_000),
    source: { component: 'podfront' },
    reportingComponent: 'podfront',
    reportingInstance: instance.slice(0, 128),
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** The name of the Event of a cause. */
export function eventName(service: Service, event: ServiceEvent): string {
  return `${service.name}.${eventKey(service, event)}`;
}
