import { type Network, parseNetwork } from '../../ip/network.ts';

/** An address range that standards give a special purpose. */
export interface ReservedRange {
  readonly network: Network;
  readonly name: string;
  readonly severity: 'error' | 'warning';
  /** Why a cluster network cannot have it. */
  readonly why: string;
}

const notRouted = 'such addresses never leave the machine or the link';
const forExamples = 'it is for examples in documentation, and some filters drop it';

/** Ranges that no cluster network should overlap (RFC 6890 and the RFCs it lists, RFC 9637). */
export const reservedRanges: readonly ReservedRange[] = [
  reserved('0.0.0.0/8', 'this network', 'error', 'the kernel does not route it'),
  reserved('127.0.0.0/8', 'loopback', 'error', notRouted),
  reserved('169.254.0.0/16', 'link-local', 'error', notRouted),
  reserved('224.0.0.0/4', 'multicast', 'error', 'no host can have such an address'),
  reserved('240.0.0.0/4', 'reserved for future use', 'error', 'most systems refuse it'),
  reserved('100.64.0.0/10', 'shared address space (carrier-grade NAT)', 'warning', 'providers and VPNs such as Tailscale use it'),
  reserved('192.0.2.0/24', 'documentation', 'warning', forExamples),
  reserved('198.51.100.0/24', 'documentation', 'warning', forExamples),
  reserved('203.0.113.0/24', 'documentation', 'warning', forExamples),
  reserved('::/128', 'unspecified', 'error', 'it means no address'),
  reserved('::1/128', 'loopback', 'error', notRouted),
  reserved('fe80::/10', 'link-local', 'error', notRouted),
  reserved('ff00::/8', 'multicast', 'error', 'no host can have such an address'),
  reserved('2001:db8::/32', 'documentation', 'warning', forExamples),
  reserved('3fff::/20', 'documentation', 'warning', forExamples),
];

/** Private address space: RFC 1918, and the locally assigned half of RFC 4193. Ascending within a family. */
export const privateSpaces: readonly Network[] = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'].map(literal);

/** The networks that other programs take by default: Docker's bridge, k3s (pods, services), kubeadm's services, flannel's pods. */
export const defaultsOfOthers: readonly Network[] = ['172.17.0.0/16', '10.42.0.0/16', '10.43.0.0/16', '10.96.0.0/12', '10.244.0.0/16'].map(
  literal,
);

function reserved(cidr: string, name: string, severity: 'error' | 'warning', why: string): ReservedRange {
  return { network: literal(cidr), name, severity, why };
}

function literal(cidr: string): Network {
  const network = parseNetwork(cidr);
  if (network === null) throw new TypeError(`${cidr} is not a network`);
  return network;
}
