import { setMaxListeners } from 'node:events';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { Context } from '../context.ts';
import { answerSizeChecks } from '../doctor/answer-sizes.ts';
import { probeApi } from '../doctor/api-server.ts';
import { bindChecks } from '../doctor/binds.ts';
import { type Check, checksAsJson, checksAsText, fail, failedBy, nothingFailed, pass } from '../doctor/check.ts';
import { clockChecks } from '../doctor/clock.ts';
import { clusterDnsChecks, questionTimeout } from '../doctor/cluster-dns.ts';
import { daemonChecks } from '../doctor/daemon.ts';
import type { DoctorFacts } from '../doctor/facts.ts';
import { kubernetesApiChecks } from '../doctor/kubernetes-api.ts';
import { listenChecks } from '../doctor/listens.ts';
import { loadBalancerChecks } from '../doctor/load-balancer.ts';
import { networkChecks } from '../doctor/networks.ts';
import { outputChecks } from '../doctor/output.ts';
import { reloadChecks } from '../doctor/reload.ts';
import { type CheckWithCauses, withoutFollowOnFailures } from '../doctor/root-causes.ts';
import { routeChecks } from '../doctor/routes.ts';
import { queryRunningServers, runningChecks } from '../doctor/running.ts';
import { topologyChecks } from '../doctor/topology.ts';
import { installedVersion } from '../haproxy/process/installed-version.ts';
import { type Journal, journalOf } from '../haproxy/process/journal.ts';
import { findRunningConfig, type RunningConfig } from '../haproxy/process/running-config.ts';
import { assumedVersion, parseVersion, type Version } from '../haproxy-syntax/version.ts';
import { messageWithPlace, Problem } from '../problem/problem.ts';
import { chooseSource } from '../source/choose.ts';
import { systemClock } from '../system/clock.ts';
import { writeResult } from '../system/output.ts';
import type { Env } from '../system/process.ts';
import { readOutput } from '../system/read-file.ts';
import { withTimeLimit } from '../system/time-limit.ts';

/** The options of `podfront doctor`. */
export interface DoctorOptions {
  readonly json?: boolean;
}

/** Milliseconds after which unfinished checks are given up. Each wait has its own, shorter limit; `haproxy -c` of a large file takes longest. */
const totalTimeout = 20_000;

type CheckGroup = (facts: DoctorFacts) => readonly CheckWithCauses[] | Promise<readonly CheckWithCauses[]>;

/** The groups of checks; those whose failures explain others come first. */
const groups: readonly (readonly [about: string, group: CheckGroup])[] = [
  ['output', outputChecks],
  ['podfront watch', daemonChecks],
  ['running HAProxy', runningChecks],
  ['sockets of HAProxy', reloadChecks],
  ['cluster DNS', clusterDnsChecks],
  ['Kubernetes API', kubernetesApiChecks],
  ['Services of type LoadBalancer', loadBalancerChecks],
  ['answer sizes', answerSizeChecks],
  ['listens', listenChecks],
  ['bind addresses', bindChecks],
  ['routes', routeChecks],
  ['networks', networkChecks],
  ['clock', clockChecks],
  ['topology', topologyChecks],
];

/**
 * `podfront doctor`: checks whether this frontend VM works, and gives a remedy for each failure. It changes nothing.
 * @returns 0, or 1 when a check failed
 * @throws Problem `config.*` for a configuration that cannot be used; under `--json` that is the only check of the report
 */
export async function doctor(context: Context, { json = false }: DoctorOptions): Promise<number> {
  const { io } = context;
  let config: Config;
  try {
    config = (await loadConfig(io, context.config)).config;
  } catch (error) {
    if (json && error instanceof Problem) writeResult(io.stdout, checksAsJson([unreadable(error)]));
    throw error;
  }
  const progress = progressOn(context);
  const found = await withTimeLimit(totalTimeout, io.signal, async (signal) => {
    // Dozens of waits add a listener at the same time, of which Node would warn.
    setMaxListeners(0, signal);
    const facts = await gather({ ...context, io: { ...io, signal } }, config, progress);
    return Promise.all(groups.map(([about, group]) => runGroup(about, group, facts, io.signal, progress)));
  });
  progress.end();
  const checks = [
    pass('configuration', `${config.file} is valid, with ${config.listens.length === 1 ? '1 listen' : `${config.listens.length} listens`}`),
    ...withoutFollowOnFailures(found.flat()),
  ];
  writeResult(io.stdout, json ? checksAsJson(checks) : checksAsText(checks, context.colour));
  return nothingFailed(checks) ? 0 : 1;
}

function unreadable(problem: Problem): Check {
  const seen = [messageWithPlace(problem), ...problem.parts.map(messageWithPlace)].join('; ');
  return fail('configuration', seen, problem.parts[0]?.hint ?? problem.hint);
}

async function gather(context: Context, config: Config, progress: Progress): Promise<DoctorFacts> {
  const { env, signal } = context.io;
  const { haproxy, cluster } = config;
  progress.update('asking HAProxy and cluster DNS');
  const source = await chooseSource(config, systemClock, { dns: { timeouts: { overall: questionTimeout } }, kubernetes: { env } });
  const disk = await readOutput(haproxy.output).catch(() => null);
  const [installed, running, observations, api] = await Promise.all([
    versionOf(haproxy, env, signal),
    runningOf(config, disk, env, signal),
    source.list(config, signal),
    cluster.master === null ? null : probeApi(cluster.master, signal),
  ]);
  const target = haproxy.version === 'auto' ? (installed.version ?? assumedVersion) : parseVersion(haproxy.version);
  const servers = await queryRunningServers(haproxy, running.state, signal);
  return { context, config, source, currentFile: disk, ...installed, target, running, servers, observations, api };
}

async function versionOf(
  { binary }: Config['haproxy'],
  env: Env,
  signal: AbortSignal,
): Promise<{ readonly version: Version | null; readonly versionProblem: string | null }> {
  try {
    return { version: await installedVersion(binary, env, signal), versionProblem: null };
  } catch (error) {
    if (error instanceof Problem) return { version: null, versionProblem: error.message };
    throw error;
  }
}

/** Finds out what HAProxy runs as the daemon does, but without writing its journal: doctor changes nothing. */
async function runningOf({ haproxy }: Config, disk: string | null, env: Env, signal: AbortSignal): Promise<RunningConfig> {
  const journal: Journal = { ...journalOf(haproxy.output), record: async () => {}, discardLastGood: async () => {} };
  const nothing: RunningConfig = { state: { kind: 'unseen' }, digest: null, servers: null };
  return { ...nothing, ...(await findRunningConfig(haproxy, journal, disk, nothing, { env }, signal)) };
}

/** The checks of a group; one failed check in their place where the group could not finish. */
async function runGroup(
  about: string,
  group: CheckGroup,
  facts: DoctorFacts,
  stopped: AbortSignal,
  progress: Progress,
): Promise<readonly CheckWithCauses[]> {
  try {
    const checks = await group(facts);
    progress.update(`${about}: done`);
    return checks;
  } catch (error) {
    stopped.throwIfAborted();
    if (error instanceof Problem) return [failedBy(about, error)];
    if (facts.context.io.signal.aborted)
      return [fail(about, `not finished within ${totalTimeout / 1000} s`, 'see the other checks, and try again')];
    throw error;
  }
}

interface Progress {
  readonly update: (what: string) => void;
  readonly end: () => void;
}

/** Shows progress in one line of a terminal that is removed at the end. */
function progressOn({ io: { stderr } }: Context): Progress {
  if (!stderr.isTTY) return { update: () => {}, end: () => {} };
  return {
    update: (what) => stderr.write(`\r\u001b[Kpodfront: ${what}`),
    end: () => stderr.write('\r\u001b[K'),
  };
}
