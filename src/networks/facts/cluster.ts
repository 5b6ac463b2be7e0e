import type { Address } from '../../ip/address.ts';
import type { Network } from '../../ip/network.ts';
import { type Installer, installerOptions } from './installers.ts';

/** A network that Kubernetes has, or will have. */
export interface ClusterNetwork {
  readonly role: 'service' | 'pod';
  readonly name: 'service network' | 'pod network';
  readonly network: Network;
  /** The option of the installer that sets it. */
  readonly option: string;
  /** The options to change when the network moves, for messages. */
  readonly optionsToChange: string;
}

/** The facts about the cluster in the configuration, besides its networks. */
export interface ClusterFacts {
  readonly installer: Installer;
  readonly dashboard: Address | null;
  /** Addresses of cluster DNS; empty when none is configured, and then the installer's default is assumed. */
  readonly dns: readonly Address[];
  readonly nodes: readonly Address[];
  /** Addresses that listens bind, by the listen's name. */
  readonly binds: readonly { readonly name: string; readonly address: Address }[];
  /** Addresses that Services may get (`loadBalancer.addresses`). */
  readonly pools: readonly Network[];
}

/** A cluster network with the options of the installer. In NixOS the dashboard's address lies in the service network and moves with it. */
export function clusterNetwork(role: 'service' | 'pod', network: Network, installer: Installer): ClusterNetwork {
  const { command, service, pod, dashboard } = installerOptions[installer];
  const option = role === 'service' ? service : pod;
  const full = command === null ? option : `${command} ${option}`;
  const optionsToChange = role === 'service' && installer === 'nixos' ? `${full} and ${dashboard}` : full;
  return { role, name: `${role} network`, network, option, optionsToChange };
}
