import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { defaultConfigPaths } from '../config/places.ts';
import type { Context } from '../context.ts';
import { type Network, parseNetwork } from '../ip/network.ts';
import { compareNetworks, knownForMap } from '../networks/judge/check.ts';
import { ignoring } from '../networks/judge/ignore.ts';
import { type ClusterNetwork, clusterNetwork } from '../networks/judge/known.ts';
import { dnsByRule } from '../networks/judge/service-addresses.ts';
import { factsOf, hadHostBits, takeConfig } from '../networks/read/config.ts';
import { emptyInventory, type Inventory } from '../networks/read/inventory.ts';
import { type HostFiles, takeHostFiles, takeList, takeThisHost, whyUnreadable } from '../networks/read/sources.ts';
import { jsonReport } from '../networks/report/json.ts';
import { mapOf } from '../networks/report/map.ts';
import { exitStatusOf, type NetworkReport } from '../networks/report/report.ts';
import { tableReport } from '../networks/report/table.ts';
import { terminalMap } from '../networks/report/terminal-map.ts';
import { problem } from '../problem/problem.ts';

export interface CheckNetworksOptions extends HostFiles {
  readonly serviceNetwork?: readonly string[];
  readonly podNetwork?: readonly string[];
  readonly network?: readonly string[];
  readonly networksFile?: readonly string[];
  /** False under `--no-host`. */
  readonly host?: boolean;
  readonly ignore?: readonly string[];
  readonly map?: string;
  readonly json?: boolean;
}

/** What NixOS gives a cluster when nothing else is said. */
const defaults = { service: '10.0.0.0/24', pod: '10.1.0.0/16' } as const;

/** More of a kind is only counted. */
const shownFaults = 20;

/** Compares the networks of the cluster with everything this VM and its user know. Exit status: 2 unreadable input, 1 errors found, 0 free. */
export async function checkNetworks(context: Context, options: CheckNetworksOptions): Promise<number> {
  const { io, messages } = context;
  const config = await configIfAny(context);
  const cluster = await clusterOf(context, options, config);
  const intake = emptyInventory(cluster.map(({ network }) => network));
  if (config !== null) takeConfig(config, intake);
  // ip-cidr reads what was typed, and is loaded only then.
  const typed = options.network !== undefined || options.ignore !== undefined ? await import('../networks/read/options.ts') : null;
  for (const text of options.network ?? []) typed?.takeTyped(text, intake);
  const accepted = typed?.takeIgnored(options.ignore ?? [], intake) ?? { networks: [], interfaces: [] };
  for (const file of options.networksFile ?? []) await takeList(io, file, intake);
  takeHostFiles(io, options, intake);
  if (options.host !== false && [options.addresses, options.routes, options.resolvConf].every((file) => file === undefined)) {
    const why = await takeThisHost(io, intake);
    if (why !== null) messages.warning(problem('network.no-iproute2', { why }));
  }

  const facts = factsOf(config);
  const rule = cluster.flatMap(({ role, network }) => (role === 'service' ? (dnsByRule(network) ?? []) : []));
  const report = compareNetworks(intake, {
    cluster,
    facts,
    nodes: config?.cluster.nodes.map(({ address }) => address) ?? [],
    dns: config === null ? rule : facts.dns,
    dnsAssumed: config === null,
    ignore: ignoring(accepted.networks, accepted.interfaces),
  });
  sayFolded(context, intake);
  print(context, options, report, intake);
  if (options.map !== undefined) await writeMap(resolve(io.cwd, options.map), options.map, report, intake);
  sayFaults(context, report);
  return exitStatusOf(report);
}

/** zod and yaml are loaded only when there is a configuration to read. */
async function configIfAny({ io, config }: Context): Promise<Config | null> {
  const named = config !== undefined || (io.env.PODFRONT_CONFIG ?? '') !== '';
  if (!named && !defaultConfigPaths.some((place) => existsSync(resolve(io.cwd, place)))) return null;
  const { loadNetworksIfAny } = await import('../config/load.ts');
  return loadNetworksIfAny(io, config)?.config ?? null;
}

async function clusterOf({ messages }: Context, options: CheckNetworksOptions, config: Config | null): Promise<readonly ClusterNetwork[]> {
  const folded = (written: string, network: Network) =>
    messages.warning(problem('network.host-bits', { got: written, cidr: network.cidr }));
  const of = async (role: 'service' | 'pod', words: readonly string[] | undefined, configured: readonly Network[] | undefined) => {
    if (words !== undefined) {
      const { typedClusterNetworks } = await import('../networks/read/options.ts');
      const where = `--${role}-network`;
      return typedClusterNetworks(words, where, (written, network) => folded(`${where}: ${written}`, network));
    }
    for (const network of configured ?? []) if (hadHostBits(network)) folded(`cluster.${role}Networks`, network);
    const usual = parseNetwork(defaults[role]);
    return configured ?? (usual === null ? [] : [usual]);
  };
  const services = await of('service', options.serviceNetwork, config?.cluster.serviceNetworks);
  const pods = await of('pod', options.podNetwork, config?.cluster.podNetworks);
  return [...services.map((network) => clusterNetwork('service', network)), ...pods.map((network) => clusterNetwork('pod', network))];
}

function print({ io, colour }: Context, options: CheckNetworksOptions, report: NetworkReport, intake: Inventory): void {
  if (options.json === true) {
    for (const piece of jsonReport(report)) io.stdout.write(piece);
    return;
  }
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  io.stdout.write(tableReport(report, paint));
  io.stdout.write(`\n${terminalMap(mapOf(report, knownForMap(intake)), io.stdout.columns, paint)}`);
  if (report.snippet !== null) io.stdout.write(`\nA free set for the NixOS configuration, consistent with itself:\n\n${report.snippet}`);
}

async function writeMap(path: string, file: string, report: NetworkReport, intake: Inventory): Promise<void> {
  const { svgMap } = await import('../networks/report/svg.ts');
  try {
    writeFileSync(path, svgMap(mapOf(report, knownForMap(intake))));
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw problem('network.map-unwritable', { file, why: whyUnreadable(code) });
  }
}

function sayFolded({ messages }: Context, { folded, counts }: Inventory): void {
  for (const { where, written, network } of folded)
    messages.warning(problem('network.host-bits', { got: `${where}: ${written}`, cidr: network.cidr }));
  if (counts.folded > folded.length) messages.warn(`${counts.folded - folded.length} more networks have host bits set`);
}

function sayFaults({ messages }: Context, { faults }: NetworkReport): void {
  for (const { problem: make } of faults.slice(0, shownFaults)) messages.problem(make());
  if (faults.length > shownFaults) messages.warn(`${faults.length - shownFaults} more inputs cannot be read; --json lists them all`);
}
