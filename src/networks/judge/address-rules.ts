import type { Address } from '../../ip/address.ts';
import { contains, hostNetwork } from '../../ip/network.ts';
import type { ClusterFacts, ClusterNetwork } from '../facts/cluster.ts';
import { installerOptions } from '../facts/installers.ts';
import { apiAddress, dashboardIn, defaultDns } from '../facts/service-addresses.ts';
import { ruleFinding } from './cluster-rules.ts';
import type { NetworkFinding } from './finding.ts';

/** The faults of the dashboard's address and of cluster DNS: both lie in a service network, each on an address of its own. */
export function checkClusterAddresses(cluster: readonly ClusterNetwork[], facts: ClusterFacts): readonly NetworkFinding[] {
  const services = cluster.filter(({ role }) => role === 'service');
  return [
    ...dashboardOutside(services, facts),
    ...services.flatMap((service) => clashes(service, facts)),
    ...services.flatMap((service) => defaultDnsOutside(service, facts)),
  ];
}

function dashboardOutside(services: readonly ClusterNetwork[], { dashboard, dns, installer }: ClusterFacts): readonly NetworkFinding[] {
  const [first] = services;
  if (dashboard === null || first === undefined || services.some(({ network }) => contains(network, dashboard))) return [];
  const service = services.find(({ network }) => network.family === dashboard.family) ?? first;
  const { network } = service;
  const free = dashboardIn(network, [...dns, defaultDns(network, installer)])?.text;
  const remedy = `set ${installerOptions[installer].dashboard} to an address inside${free === undefined ? '' : `, such as ${free}`}`;
  const text = `the dashboard's address ${dashboard.text} lies outside the service network ${network.cidr}: the API server refuses it; ${remedy}`;
  return [{ ...ruleFinding('error', service, hostNetwork(dashboard), 'dashboardClusterIP', 'address', text), relation: 'outside' }];
}

/** An address of the service network that has a purpose already. */
interface TakenAddress {
  readonly value: bigint;
  readonly purpose: string;
}

function clashes(service: ClusterNetwork, { dashboard, dns, installer }: ClusterFacts): readonly NetworkFinding[] {
  const { network } = service;
  const options = installerOptions[installer];
  const dnsInside = dns.filter((address) => contains(network, address));
  const byKubernetes: readonly TakenAddress[] = [
    { value: network.first, purpose: 'the network address' },
    { value: apiAddress(network).value, purpose: "the API's address" },
  ];
  const byDns = dnsInside.map(({ value }) => ({ value, purpose: "cluster DNS's address" }));
  const clash = (address: Address, taken: readonly TakenAddress[], name: string, subject: string, option: string) => {
    const other = taken.find(({ value }) => value === address.value);
    if (other === undefined) return [];
    const text = `${subject} ${address.text} is ${other.purpose} of the service network ${network.cidr}: only one can have it; change ${option}`;
    return [ruleFinding('error', service, hostNetwork(address), name, 'address', text)];
  };
  return [
    ...dnsInside.flatMap((address) =>
      clash(address, byKubernetes, 'cluster DNS', "cluster DNS's address", `${options.dns} and cluster.nameservers`),
    ),
    ...(dashboard !== null && contains(network, dashboard)
      ? clash(dashboard, [...byKubernetes, ...byDns], 'dashboardClusterIP', "the dashboard's address", options.dashboard)
      : []),
  ];
}

/** The default of the installer, where no cluster DNS is configured. */
function defaultDnsOutside(service: ClusterNetwork, { dns, installer }: ClusterFacts): readonly NetworkFinding[] {
  const usual = defaultDns(service.network, installer);
  if (dns.length > 0 || usual === null || contains(service.network, usual)) return [];
  const names = { nixos: 'NixOS', kubeadm: 'kubeadm', k3s: 'k3s' } as const;
  const text = `${names[installer]} gives cluster DNS the address ${usual.text}, outside the service network ${service.network.cidr}: the API server refuses it; set ${installerOptions[installer].dns} to an address inside, or change ${service.option}`;
  return [{ ...ruleFinding('warning', service, hostNetwork(usual), 'cluster DNS', 'address', text), relation: 'outside' }];
}
