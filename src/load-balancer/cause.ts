import type { Problem } from '../problem/problem.ts';

/** A reason why a Service has less than it asks for. */
export type Cause =
  | { readonly kind: 'no-free-address'; readonly family: 4 | 6; readonly ports: readonly number[] }
  | { readonly kind: 'no-address-of-family'; readonly family: 4 | 6 }
  | { readonly kind: 'port-taken'; readonly address: string; readonly port: number; readonly by: string }
  /** `kept`: the Service had it before `addresses` changed, and still has it. */
  | { readonly kind: 'outside-pool'; readonly address: string; readonly kept: boolean }
  | { readonly kind: 'no-address'; readonly text: string }
  | { readonly kind: 'unwanted-family'; readonly address: string; readonly families: readonly (4 | 6)[] }
  | { readonly kind: 'protocol'; readonly protocol: string; readonly port: number }
  | { readonly kind: 'too-many-ports'; readonly leftOut: number }
  | { readonly kind: 'annotation'; readonly annotation: string; readonly problem: Problem }
  | { readonly kind: 'unknown-annotation'; readonly annotation: string; readonly meant: string }
  | { readonly kind: 'source-range'; readonly text: string }
  | { readonly kind: 'name-taken'; readonly listen: string }
  /** HAProxy cannot bind an address, or refused a listen of the Service. */
  | { readonly kind: 'not-served'; readonly port: number; readonly problem: Problem };

/** An Event on a Service, as `kubectl describe svc` shows it. */
export interface ServiceEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: 'Allocated' | 'AllocationFailed' | 'Unsupported';
  readonly message: string;
}

/** The Event for a cause. */
export function eventOf(cause: Cause): ServiceEvent {
  return { type: 'Warning', reason: reasonOf(cause), message: messageOf(cause) };
}

/** The Event of a Service that has addresses and is served. */
export function allocatedEvent(addresses: readonly string[]): ServiceEvent {
  return { type: 'Normal', reason: 'Allocated', message: `served on ${addresses.join(', ')}` };
}

function reasonOf({ kind }: Cause): ServiceEvent['reason'] {
  switch (kind) {
    case 'protocol':
    case 'too-many-ports':
    case 'annotation':
    case 'unknown-annotation':
    case 'source-range':
      return 'Unsupported';
    default:
      return 'AllocationFailed';
  }
}

function messageOf(cause: Cause): string {
  switch (cause.kind) {
    case 'no-free-address':
      return `no IPv${cause.family} address of loadBalancer.addresses is free for ${portsText(cause.ports)}`;
    case 'no-address-of-family':
      return `loadBalancer.addresses has no IPv${cause.family} address`;
    case 'port-taken':
      return `port ${cause.port} of ${cause.address} is taken by ${cause.by}`;
    case 'outside-pool':
      return cause.kept
        ? `${cause.address} is not in loadBalancer.addresses any more; the Service keeps it until it is deleted`
        : `${cause.address} is not in loadBalancer.addresses`;
    case 'no-address':
      return `${JSON.stringify(cause.text)} is not an IP address`;
    case 'unwanted-family':
      return `${cause.address} is not an address of the Service's ipFamilies, ${cause.families.map((family) => `IPv${family}`).join(' and ')}`;
    case 'protocol':
      return `port ${cause.port}: protocol ${cause.protocol} is not supported, only TCP`;
    case 'too-many-ports':
      return `the last ${cause.leftOut} ports are not served: a Service may have at most 100`;
    case 'annotation':
      return `annotation podfront/${cause.annotation}: ${cause.problem.message}; ${cause.problem.hint}`;
    case 'unknown-annotation':
      return `annotation podfront/${cause.annotation} is not known${cause.meant === '' ? '' : `; did you mean podfront/${cause.meant}?`}`;
    case 'source-range':
      return `loadBalancerSourceRanges: ${JSON.stringify(cause.text)} is not a network`;
    case 'name-taken':
      return `podfront.yaml has a listen of the name ${cause.listen}`;
    case 'not-served':
      return `port ${cause.port} is not served: ${cause.problem.message}`;
    default:
      return cause satisfies never;
  }
}

function portsText(ports: readonly number[]): string {
  return ports.length === 1 ? `port ${ports[0]}` : `ports ${ports.join(', ')}`;
}
