import { createHash } from 'node:crypto';
import type { ServiceEvent } from './cause.ts';
import { type AllocatedAddress, ingressForm, type Service } from './service.ts';

/** What the API is to say of a Service. */
export interface Publication {
  readonly service: Service;
  /** The addresses for its status; null: the status stays as it is. */
  readonly addresses: readonly AllocatedAddress[] | null;
  /** The Events for what is wrong now. That it has an address is told when that is written. */
  readonly events: readonly ServiceEvent[];
}

/** What a status was written to be. */
export interface WrittenStatus {
  /** As `Service.ingress`. */
  readonly form: string;
  /** The version of the Service that was overwritten: an older view of it says nothing about what was written. */
  readonly before: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** How often in a row the same was written, because somebody else had changed it. */
  readonly repeats: number;
}

/** Where somebody else changes a status again and again, it is written back this much later, in milliseconds. */
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
 * When to write the status of a Service, in milliseconds since 1970; null: it needs no write.
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

/** The identity of an Event: the same cause on the same Service has the same, in whichever process. */
export function eventKey({ uid }: Service, { reason, message }: ServiceEvent): string {
  return createHash('sha256').update(`${uid}\n${reason}\n${message}`).digest('hex').slice(0, 16);
}

/**
 * The Event to create (v1). Its name comes from its cause, so that another process, or this one after a restart, finds that it
 * was told already.
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
