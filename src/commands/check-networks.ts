import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { defaultConfigPaths } from '../config/places.ts';
import type { Context } from '../context.ts';
import { type Network, parseNetwork } from '../ip/network.ts';
import { checkInventory } from '../networks/check.ts';
import { type ClusterNetwork, clusterNetwork } from '../networks/facts/cluster.ts';
import type { Installer } from '../networks/facts/installers.ts';
import { emptyInventory, type Inventory } from '../networks/facts/inventory.ts';
import { defaultDns } from '../networks/facts/service-addresses.ts';
import { type IgnoreList, ignoreList } from '../networks/judge/ignore.ts';
import { addConfig, clusterFacts, hasHostBits } from '../networks/read/config.ts';
import { addHostFiles, addListFile, type HostFiles } from '../networks/read/files.ts';
import { installerOfHost } from '../networks/read/host-installer.ts';
import { addThisHost } from '../networks/read/this-host.ts';
import { jsonReport } from '../networks/report/json.ts';
import { addressMap } from '../networks/report/map.ts';
import { exitStatusOf, type NetworkReport } from '../networks/report/report.ts';
import { tableReport } from '../networks/report/table.ts';
import { terminalMap } from '../networks/report/terminal-map.ts';
import { problem } from '../problem/problem.ts';
import { writeResult } from '../system/output.ts';
import { reasonOf } from '../system/system-error.ts';

/** The options of `podfront check-networks`. */
export interface CheckNetworksOptions extends HostFiles {
  readonly serviceNetwork?: readonly string[];
  readonly podNetwork?: readonly string[];
  readonly network?: readonly string[];
  readonly networksFile?: readonly string[];
  /** False with `--no-host`. */
  readonly host?: boolean;
  readonly ignore?: readonly string[];
  readonly for?: Installer;
  readonly map?: string;
  readonly json?: boolean;
}

/** The networks of a cluster in NixOS where nothing else is configured. */
const defaults = { service: '10.0.0.0/24', pod: '10.1.0.0/16' } as const;

/** The number of input faults that are printed; the others are only counted. */
const maxFaultsShown = 20;

/**
 * `podfront check-networks`: compares the networks of the cluster with those of this VM, and those that its user declares.
 * @returns 2 when an input could not be read, 1 when there are errors, 0 when the networks are free
 */
export async function checkNetworks(context: Context, options: CheckNetworksOptions): Promise<number> {
  const { io } = context;
  const config = await configIfAny(context);
  const asksHost = options.host !== false && [options.addresses, options.routes, options.resolvConf].every((file) => file === undefined);
  const installer = options.for ?? (asksHost ? installerOfHost('') : null) ?? 'nixos';
  const cluster = await clusterNetworks(context, options, config, installer);
  const inventory = emptyInventory(cluster.map(({ network }) => network));
  const ignored = await readInputs(context, options, config, inventory);
  if (asksHost) {
    const why = await addThisHost(inventory, io);
    if (why !== null) context.messages.warning(problem('network.no-iproute2', { why }));
  }
  const facts = clusterFacts(config, installer);
  const usualDns = cluster.flatMap(({ role, network }) => (role === 'service' ? (defaultDns(network, installer) ?? []) : []));
  const report = checkInventory(inventory, {
    cluster,
    facts,
    dns: config === null ? usualDns : facts.dns,
    dnsAssumed: config === null,
    isIgnored: ignored.isIgnored,
  });
  warnOfHostBits(context, inventory);
  for (const name of ignored.unmatched()) context.messages.warning(problem('network.ignore-unmatched', { name }));
  print(context, options, report, installer);
  if (options.map !== undefined) await writeMap(resolve(io.cwd, options.map), options.map, report);
  printFaults(context, report);
  return exitStatusOf(report);
}

/** Adds the networks of the configuration, the options and the files. Returns what `--ignore` names. */
async function readInputs(
  { io }: Context,
  options: CheckNetworksOptions,
  config: Config | null,
  inventory: Inventory,
): Promise<IgnoreList> {
  if (config !== null) addConfig(inventory, config);
  // ip-cidr reads the command line, and is loaded only for it.
  const needed = options.network !== undefined || options.ignore !== undefined;
  const commandLine = needed ? await import('../networks/read/command-line.ts') : null;
  for (const text of options.network ?? []) commandLine?.addNetworkOption(inventory, text);
  const ignored = commandLine?.parseIgnoreOptions(inventory, options.ignore ?? []) ?? { networks: [], interfaces: [] };
  for (const file of options.networksFile ?? []) await addListFile(inventory, io, file);
  await addHostFiles(inventory, io, options);
  return ignoreList(ignored.networks, ignored.interfaces);
}

/** Loads zod and yaml only when there is a configuration to read. */
async function configIfAny({ io, config }: Context): Promise<Config | null> {
  const named = config !== undefined || (io.env.PODFRONT_CONFIG ?? '') !== '';
  if (!named && !defaultConfigPaths.some((place) => existsSync(resolve(io.cwd, place)))) return null;
  const { loadNetworksIfAny } = await import('../config/load.ts');
  return (await loadNetworksIfAny(io, config))?.config ?? null;
}

async function clusterNetworks(
  { messages }: Context,
  options: CheckNetworksOptions,
  config: Config | null,
  installer: Installer,
): Promise<readonly ClusterNetwork[]> {
  const onHostBits = (written: string, network: Network) =>
    messages.warning(problem('network.host-bits', { got: written, cidr: network.cidr }));
  const networksOf = async (role: 'service' | 'pod', words: readonly string[] | undefined, configured: readonly Network[] | undefined) => {
    if (words !== undefined) {
      const { parseClusterNetworks } = await import('../networks/read/command-line.ts');
      const option = `--${role}-network`;
      return parseClusterNetworks(words, option, (written, network) => onHostBits(`${option}: ${written}`, network));
    }
    for (const network of configured ?? []) if (hasHostBits(network)) onHostBits(`cluster.${role}Networks`, network);
    const usual = parseNetwork(defaults[role]);
    return configured ?? (usual === null ? [] : [usual]);
  };
  const services = await networksOf('service', options.serviceNetwork, config?.cluster.serviceNetworks);
  const pods = await networksOf('pod', options.podNetwork, config?.cluster.podNetworks);
  return [
    ...services.map((network) => clusterNetwork('service', network, installer)),
    ...pods.map((network) => clusterNetwork('pod', network, installer)),
  ];
}

const snippetTitles: Readonly<Record<Installer, string>> = {
  nixos: 'A free and consistent set for the NixOS configuration:',
  kubeadm: 'A free and consistent set for kubeadm:',
  k3s: 'A free and consistent set for k3s:',
};

function print({ io, colour }: Context, { json }: CheckNetworksOptions, report: NetworkReport, installer: Installer): void {
  if (json === true) {
    for (const piece of jsonReport(report)) writeResult(io.stdout, piece);
    return;
  }
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  writeResult(io.stdout, tableReport(report, paint));
  writeResult(io.stdout, `\n${terminalMap(addressMap(report), io.stdout.columns, paint)}`);
  if (report.snippet !== null) writeResult(io.stdout, `\n${snippetTitles[installer]}\n\n${report.snippet}`);
}

async function writeMap(path: string, file: string, report: NetworkReport): Promise<void> {
  const { svgMap } = await import('../networks/report/svg.ts');
  try {
    writeFileSync(path, svgMap(addressMap(report)));
  } catch (error) {
    throw problem('network.map-unwritable', { file, why: reasonOf(error) });
  }
}

function warnOfHostBits({ messages }: Context, { hostBits, counts }: Inventory): void {
  for (const { where, written, network } of hostBits)
    messages.warning(problem('network.host-bits', { got: `${where}: ${written}`, cidr: network.cidr }));
  if (counts.hostBits > hostBits.length) messages.warn(`${counts.hostBits - hostBits.length} more networks have host bits set`);
}

function printFaults({ messages }: Context, { faults }: NetworkReport): void {
  for (const { problem: make } of faults.slice(0, maxFaultsShown)) messages.problem(make());
  if (faults.length > maxFaultsShown) messages.warn(`${faults.length - maxFaultsShown} more inputs cannot be read; --json lists them all`);
}
