import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { loadHtpasswd } from '../config/load-htpasswd.ts';
import { configWarnings } from '../config/warnings.ts';
import { watchedPaths } from '../config/watched-paths.ts';
import type { Context } from '../context.ts';
import { type DaemonWorld, daemon } from '../daemon/daemon.ts';
import { limitHeap } from '../daemon/heap.ts';
import { isJournal, openLog } from '../daemon/log.ts';
import type { LoadedFiles } from '../daemon/notice.ts';
import type { ReconcileResult } from '../daemon/reconciliation.ts';
import { openReporter } from '../daemon/reporter.ts';
import { changedAt, noCounts } from '../daemon/source-status.ts';
import { openStatusPublisher } from '../daemon/status-publisher.ts';
import type { Alert } from '../haproxy/file/check-alerts.ts';
import { renderer } from '../haproxy/file/render.ts';
import { readTemplates } from '../haproxy/load-templates.ts';
import { openHaproxy } from '../haproxy/process/haproxy.ts';
import { installedVersion } from '../haproxy/process/installed-version.ts';
import { journalOf } from '../haproxy/process/journal.ts';
import { readBackendServers, watchHealth } from '../haproxy/process/watch-health.ts';
import { assumedVersion, parseVersion, type Version } from '../haproxy-syntax/version.ts';
import { openLoadBalancer } from '../load-balancer/open.ts';
import { describeChanges } from '../plan/describe-changes.ts';
import { problem } from '../problem/problem.ts';
import { chooseSource } from '../source/choose.ts';
import type { Observation } from '../source/observation.ts';
import { latencyBounds, openHistogram } from '../status/histogram.ts';
import { systemClock } from '../system/clock.ts';
import type { WatchedFiles } from '../system/file-watch.ts';
import { contentDigest, watchFiles } from '../system/file-watch.ts';
import { lockOutput } from '../system/lock.ts';
import { openNotify } from '../system/notify.ts';
import type { Env } from '../system/process.ts';
import { onTrace } from '../system/trace.ts';

/** The options of `podfront watch`. */
export interface WatchOptions {
  /** One reconciliation, then exit. */
  readonly once?: boolean;
  /** Decide and report, touch nothing. */
  readonly dryRun?: boolean;
}

/**
 * `podfront watch`: keeps HAProxy's file and HAProxy itself up to date until SIGTERM.
 * @returns 0; under `--once` 3 when the source failed for a listen, 4 or 5 when the file could not be applied
 */
export async function watch(context: Context, { once = false, dryRun = false }: WatchOptions): Promise<number> {
  const { io, logging } = context;
  if (context.config === '-' && !once)
    throw problem('usage.arguments', { what: 'watch reads its configuration again, which stdin cannot give', command: 'podfront watch' });
  limitHeap();
  const log = openLog(io.stderr.write, { ...logging, journal: isJournal(io.env.JOURNAL_STREAM), clock: systemClock });
  const endTrace = logging.level === 'debug' ? onTrace((sentence) => log.debug(sentence)) : () => {};
  const notify = openNotify(io.env, io.pid, systemClock.now, io.signal);
  const { version } = JSON.parse(readFileSync(`${io.root}package.json`, 'utf8')) as { version: string };
  let apiCounts = noCounts;
  const reporter = openReporter(version, {
    log,
    notify,
    clock: systemClock,
    host: hostname(),
    apiCounts: () => apiCounts,
    readServers: (config, backend) => readBackendServers(config.haproxy, backend, io.signal),
  });
  const [dnsLatency, changeLag] = [openHistogram(latencyBounds), openHistogram(latencyBounds)];
  const histograms = { podfront_dns_answer_seconds: dnsLatency.read, podfront_change_lag_seconds: changeLag.read };
  const statusPublisher = openStatusPublisher(reporter, histograms, io.root, systemClock);
  const onAnswer = (ms: number) => dnsLatency.record(ms / 1000);
  const onApi = (what: 'event' | 'restart') => {
    const { events, watchRestarts } = apiCounts;
    apiCounts = { ...apiCounts, ...(what === 'event' ? { events: events + 1 } : { watchRestarts: watchRestarts + 1 }) };
  };
  const onPatch = (observations: readonly Observation[]) => {
    const lags = observations.flatMap((one) => changedAt(one) ?? []).map((at) => Math.max(0, systemClock.now() - at));
    for (const lag of lags) changeLag.record(lag / 1000);
    if (lags.length > 0) apiCounts = { ...apiCounts, lastLag: Math.max(...lags) };
  };
  const onWarnings = (warnings: readonly Alert[]) => reporter.report({ kind: 'warnings', warnings });
  const haproxyWorld = { env: io.env, clock: systemClock, kill: io.kill, timeouts: io.timeouts, onWarnings };

  // The files of the last configuration that could be read, even if a file that it names could not: a password file created later is noticed.
  let watched: WatchedFiles = { read: [], stamped: [] };

  // As client-go does: two daemons on one host have different identities.
  const identity = `${hostname()}_${randomUUID()}`;
  const world: DaemonWorld = {
    clock: systemClock,
    load: (signal) =>
      load(context, signal, watched, (found) => {
        watched = found;
      }),
    watchSource: async (config, report, signal, feed) => {
      const source = await chooseSource(config, systemClock, { dns: { onAnswer }, kubernetes: { env: io.env, count: onApi } });
      await source.watch(config, report, signal, feed);
    },
    openLoadBalancer: (config) => openLoadBalancer(config, { clock: systemClock, env: io.env, identity }),
    watchFiles: (content, changed, signal) => watchFiles(() => watched, content, changed, systemClock, signal),
    openHaproxy: (config) => openHaproxy(config, haproxyWorld),
    watchHealth: (config, report, signal) => watchHealth(config.haproxy, report, systemClock, signal),
    async lock(output) {
      const lock = await lockOutput(output);
      await journalOf(output).removeCandidates();
      return lock;
    },
    onHangup: once ? () => {} : io.onHangup,
    async report(notice) {
      if (!once && !dryRun) {
        if (notice.kind === 'loaded') reporter.report({ kind: 'status-address', problem: await statusPublisher.move(notice.files.config) });
        if (notice.kind === 'tick') reporter.report({ kind: 'status-address', problem: await statusPublisher.retry() });
      }
      if (dryRun && notice.kind === 'reconciled') io.stdout.write(decisionText(notice.result));
      if (notice.kind === 'loaded') for (const warning of configWarnings(notice.files.config)) log.problem('warn', warning);
      if (notice.kind === 'patched') onPatch(notice.observations);
      reporter.report(notice);
      if (notice.kind === 'tick' || notice.kind === 'reconciled') statusPublisher.record(notice.kind === 'reconciled');
    },
  };
  try {
    const result = await daemon(world, { once, dryRun }, io.signal);
    if (!once && !dryRun) log.info('stopped; HAProxy goes on by itself');
    return once && result !== null ? exitStatus(result) : 0;
  } finally {
    endTrace();
    await statusPublisher.close();
    await notify.stopping();
  }
}

async function load(
  { io, config: flag }: Context,
  signal: AbortSignal,
  before: WatchedFiles,
  found: (watched: WatchedFiles) => void,
): Promise<LoadedFiles> {
  // Taken before the files are read, so that a change in between is noticed and they are read again.
  const contentBefore = await contentDigest(before);
  const { config, path } = await loadConfig(io, flag);
  const watched = watchedPaths(config, path);
  found(watched);
  const content = isDeepStrictEqual(before, watched) ? contentBefore : await contentDigest(watched);
  const { haproxy } = config;
  const version = await versionFor(config, io.env, signal);
  const render = renderer(readTemplates(io.root, haproxy.templates), version, loadHtpasswd(config));
  return { config, render, version, content };
}

async function versionFor({ haproxy }: Config, env: Env, signal: AbortSignal): Promise<Version> {
  if (haproxy.version !== 'auto') return parseVersion(haproxy.version);
  return (await installedVersion(haproxy.binary, env, signal)) ?? assumedVersion;
}

/** The report of `--dry-run`: the decision, its reason, the changes in each listen, and the listens held back. */
function decisionText({ plan, desired }: ReconcileResult): string {
  // The reasons of a patch are its changes, one for each listen.
  const [reason = '', ...others] =
    plan.kind === 'patch' ? ['servers change at run time, and then the file', ...plan.reasons] : [plan.reasons[0]];
  const changes = [...others, ...describeChanges(desired.changes)].map((change) => `  ${change}\n`);
  const heldBack = [...desired.heldBack].map(([listen, problem]) => `  listen ${listen} is held back: ${problem.message}\n`);
  return `${plan.kind}: ${reason}\n${changes.join('')}${heldBack.join('')}`;
}

function exitStatus({ problem, desired }: ReconcileResult): number {
  if (problem !== null && problem.code !== 'reload.unseen') return problem.exit;
  const [first] = desired.heldBack.values();
  return first?.exit ?? 0;
}
