import type { Config } from '../../config/config.ts';
import { hostNetwork, type Network } from '../../ip/network.ts';
import { networksOf } from '../../ip/range.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import type { Installer } from '../facts/installers.ts';
import { addHostBits, addKnown, type Inventory } from '../facts/inventory.ts';

/** Adds the networks that podfront.yaml declares, and the addresses of its nodes. */
export function addConfig(inventory: Inventory, config: Config): void {
  for (const { name, network } of config.cluster.existingNetworks) {
    const where = `${config.file}: cluster.existingNetworks.${name}`;
    if (hasHostBits(network)) addHostBits(inventory, { where, written: name, network });
    addKnown(inventory, { kind: 'config', network, name, written: null });
  }
  for (const { name, address } of config.cluster.nodes)
    addKnown(inventory, { kind: 'config', network: hostNetwork(address), name, written: null });
}

/** Takes the facts about the cluster from the configuration; without one there are none but the installer. */
export function clusterFacts(config: Config | null, installer: Installer): ClusterFacts {
  if (config === null) return { installer, dashboard: null, dns: [], nodes: [], binds: [], pools: [] };
  const { dashboardClusterIP, nameservers, nodes } = config.cluster;
  return {
    installer,
    dashboard: dashboardClusterIP,
    dns: nameservers.map(({ address }) => address),
    nodes: nodes.map(({ address }) => address),
    binds: config.listens.flatMap(({ name, binds }) => binds.flatMap(({ host }) => (host === null ? [] : [{ name, address: host }]))),
    pools: (config.loadBalancer?.addresses ?? []).flatMap(networksOf),
  };
}

/** Whether a network of the configuration was written with host bits, which its parser records. */
export function hasHostBits(network: Network): boolean {
  return 'hostBits' in network && network.hostBits === true;
}
