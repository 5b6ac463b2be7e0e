import type { Config } from '../../config/config.ts';
import type { Network } from '../../ip/network.ts';
import type { ClusterFacts } from '../judge/cluster-rules.ts';
import { emptyScan, scanText } from './fast-cidr.ts';
import { admit, type Inventory, noteFolded } from './inventory.ts';

/** Takes in the networks that podfront.yaml declares, and its nodes, which are hosts with addresses of their own. */
export function takeConfig(config: Config, intake: Inventory): void {
  const scan = emptyScan();
  const take = (text: string, name: string, path: string, hostBits: boolean) => {
    if (!scanText(text, scan)) throw new TypeError(`${text} is no network`);
    if (hostBits) noteFolded(intake, `${config.file}: ${path}`, name, scan);
    admit(intake, scan, (network) => ({ kind: 'config', network, name, written: null }));
  };
  for (const { name, network } of config.cluster.existingNetworks)
    take(network.cidr, name, `cluster.existingNetworks.${name}`, hadHostBits(network));
  for (const { name, address } of config.cluster.nodes) take(address.text, name, `cluster.nodes.${name}`, false);
}

/** What the configuration says about the cluster besides its networks. */
export function factsOf(config: Config | null): ClusterFacts {
  if (config === null) return { dashboard: null, dns: [], nodes: 0, binds: [] };
  const { dashboardClusterIP, nameservers, nodes } = config.cluster;
  return {
    dashboard: dashboardClusterIP,
    dns: nameservers.map(({ address }) => address),
    nodes: nodes.length,
    binds: config.listens.flatMap(({ name, binds }) => binds.flatMap(({ host }) => (host === null ? [] : [{ name, address: host }]))),
  };
}

/** The parser of the configuration keeps whether host bits were written. */
export function hadHostBits(network: Network): boolean {
  return 'hostBits' in network && network.hostBits === true;
}
