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
import type { DoctorFacts } from '../doctor/facts.ts';
import { listenChecks } from '../doctor/listens.ts';
import { networkChecks } from '../doctor/networks.ts';
import { outputChecks } from '../doctor/output.ts';
import { reloadChecks } from '../doctor/reload.ts';
import { type CheckWithCauses, withoutFollowOnFailures } from '../doctor/root-causes.ts';
import { routeChecks } from '../doctor/routes.ts';
import { runningChecks } from '../doctor/running.ts';
import { topologyChecks } from '../doctor/topology.ts';
import { installedVersion } from '../haproxy/process/installed-version.ts';
import { journalOf } from '../haproxy/process/journal.ts';
import { findRunningConfig, type RunningConfig } from '../haproxy/process/running-config.ts';
import { assumedVersion, parseVersion, type Version } from '../haproxy-syntax/version.ts';
import { messageWithPlace, Problem } from '../problem/problem.ts';
import { chooseSource } from '../source/choose.ts';
import { systemClock } from '../system/clock.ts';
import { readOutput } from '../system/read-file.ts';

export interface DoctorOptions {
  readonly json?: boolean;
}

/** Milliseconds after which whatever still waits is given up. Each wait has a limit of its own below it; `haproxy -c` of a large file takes longest. */
const overall = 20_000;

type Group = (visit: DoctorFacts) => readonly CheckWithCauses[] | Promise<readonly CheckWithCauses[]>;

/** The checks, in the order in which one failure explains the next. */
const groups: readonly (readonly [about: string, group: Group])[] = [
  ['the output', outputChecks],
  ['the running HAProxy', runningChecks],
  ['its sockets', reloadChecks],
  ['cluster DNS', clusterDnsChecks],
  ['sizes of answers', answerSizeChecks],
  ['listens', listenChecks],
  ['bind addresses', bindChecks],
  ['routes', routeChecks],
  ['networks', networkChecks],
  ['the clock', clockChecks],
  ['the cluster', topologyChecks],
];

/**
 * `podfront doctor`: whether this frontend VM works, check by check, each with its remedy. It changes nothing.
 * @returns 0, or 1 when a check failed
 * @throws Problem `config.*` for a configuration that cannot be read; under `--json` its report has that one check
 */
export async function doctor(context: Context, { json = false }: DoctorOptions): Promise<number> {
  const { io } = context;
  let config: Config;
  try {
    config = loadConfig(io, context.config).config;
  } catch (error) {
    if (json && error instanceof Problem) io.stdout.write(checksAsJson([unreadable(error)]));
    throw error;
  }
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(overall)]);
  // Dozens of waits listen to it at once, each for its own while.
  setMaxListeners(0, signal);
  const progress = progressOn(context);
  const visit = await gather({ ...context, io: { ...io, signal } }, config, progress);
  const found = await Promise.all(groups.map(([about, group]) => finished(about, group, visit, io.signal, progress)));
  progress.end();
  const checks = [
    pass('configuration', `${config.file} is valid, with ${config.listens.length === 1 ? '1 listen' : `${config.listens.length} listens`}`),
    ...withoutFollowOnFailures(found.flat()),
  ];
  io.stdout.write(json ? checksAsJson(checks) : checksAsText(checks, context.colour));
  return nothingFailed(checks) ? 0 : 1;
}

function unreadable(problem: Problem): Check {
  const seen = [messageWithPlace(problem), ...problem.parts.map(messageWithPlace)].join('; ');
  return fail('configuration', seen, problem.parts[0]?.hint ?? problem.hint);
}

async function gather(context: Context, config: Config, progress: Progress): Promise<DoctorFacts> {
  const { env, signal } = context.io;
  const { haproxy, cluster } = config;
  progress.doing('looking at HAProxy and cluster DNS');
  const source = await chooseSource(systemClock, { overall: questionTimeout });
  const disk = await readOutput(haproxy.output).catch(() => null);
  const [installed, running, observations, api] = await Promise.all([
    versionOf(haproxy, env, signal),
    runningOf(config, disk, env, signal),
    source.list(config, signal),
    cluster.master === null ? null : probeApi(cluster.master, signal),
  ]);
  const target = haproxy.version === 'auto' ? (installed.version ?? assumedVersion) : parseVersion(haproxy.version);
  return { context, config, source, currentFile: disk, ...installed, target, running, observations, api };
}

async function versionOf(
  { binary }: Config['haproxy'],
  env: Context['io']['env'],
  signal: AbortSignal,
): Promise<{ readonly version: Version | null; readonly versionProblem: string | null }> {
  try {
    return { version: await installedVersion(binary, env, signal), versionProblem: null };
  } catch (error) {
    if (error instanceof Problem) return { version: null, versionProblem: error.message };
    throw error;
  }
}

/** As the daemon tells what HAProxy runs, but without a note of it: the doctor touches nothing. */
function runningOf({ haproxy }: Config, disk: string | null, env: Context['io']['env'], signal: AbortSignal): Promise<RunningConfig> {
  const journal = { ...journalOf(haproxy.output), note: async () => {}, forgetGood: async () => {} };
  return findRunningConfig(haproxy, journal, disk, { state: { kind: 'unseen' }, digest: null }, { env }, signal);
}

/** A group that could not finish is a failed check of its own, and the others go on. */
async function finished(
  about: string,
  group: Group,
  visit: DoctorFacts,
  stopped: AbortSignal,
  progress: Progress,
): Promise<readonly CheckWithCauses[]> {
  try {
    const checks = await group(visit);
    progress.doing(`${about}: done`);
    return checks;
  } catch (error) {
    stopped.throwIfAborted();
    if (error instanceof Problem) return [failedBy(about, error)];
    if (visit.context.io.signal.aborted)
      return [fail(about, `not finished within ${overall / 1000} s`, 'see what the checks around it say, and try again')];
    throw error;
  }
}

interface Progress {
  readonly doing: (what: string) => void;
  readonly end: () => void;
}

/** One line on a terminal, rewritten, gone at the end. */
function progressOn({ io: { stderr } }: Context): Progress {
  if (!stderr.isTTY) return { doing: () => {}, end: () => {} };
  return {
    doing: (what) => stderr.write(`\r\u001b[Kpodfront: ${what}`),
    end: () => stderr.write('\r\u001b[K'),
  };
}
