import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { loadHtpasswd } from '../config/load-htpasswd.ts';
import { watchedPaths } from '../config/watched-paths.ts';
import type { Context } from '../context.ts';
import { type DaemonWorld, daemon, type LoadedFiles } from '../daemon/daemon.ts';
import { isJournal, openLog } from '../daemon/log.ts';
import type { ReconcileResult } from '../daemon/reconcile.ts';
import { openReporter, type Reporter } from '../daemon/reporter.ts';
import { renderer } from '../haproxy/file/render.ts';
import { readTemplates } from '../haproxy/load-templates.ts';
import { installedVersion } from '../haproxy/process/installed-version.ts';
import { assumedVersion, parseVersion, type Version } from '../haproxy-syntax/version.ts';
import { chooseSource } from '../source/choose.ts';
import type { Page } from '../status/page/cached-page.ts';
import { type StatusServer, serveStatus } from '../status/server.ts';
import { systemClock } from '../system/clock.ts';
import type { WatchedFiles } from '../system/file-watch.ts';
import { contentDigest, watchFiles } from '../system/file-watch.ts';
import { lockOutput } from '../system/lock.ts';
import { openNotify } from '../system/notify.ts';

export interface WatchOptions {
  /** One full turn, then exit. */
  readonly once?: boolean;
  /** Decide and report, touch nothing. */
  readonly dryRun?: boolean;
}

/**
 * `podfront watch`: keeps HAProxy's file and HAProxy itself true until SIGTERM.
 * @returns 0; under `--once` the status of the turn: 3 when cluster DNS failed for a listen, 4 or 5 when it could not be applied
 */
export async function watch(context: Context, { once = false, dryRun = false }: WatchOptions): Promise<number> {
  const { io, logging } = context;
  const log = await openLog(io.stderr.write, { ...logging, journal: isJournal(io.env.JOURNAL_STREAM) });
  const notify = openNotify(io.env, io.pid, systemClock.now, io.signal);
  const { version } = JSON.parse(readFileSync(`${io.root}package.json`, 'utf8')) as { version: string };
  const reporter = openReporter(version, log, notify, systemClock);
  const page = statusPage(reporter, io.root);

  // Of the last configuration that could be read, also where what it names could not be: a password file that comes later is seen.
  let watched: WatchedFiles = { read: [], stamped: [] };

  const world: DaemonWorld = {
    env: io.env,
    clock: systemClock,
    kill: io.kill,
    limits: io.timeouts,
    load: (signal) =>
      load(context, signal, watched, (found) => {
        watched = found;
      }),
    watchSource: async (config, report, signal) => (await chooseSource(systemClock)).watch(config, report, signal),
    watchFiles: (content, changed, signal) => watchFiles(() => watched, content, changed, systemClock, signal),
    lock: lockOutput,
    onHangup: once ? () => {} : io.onHangup,
    async tell(told) {
      if (told.kind === 'loaded' && !once && !dryRun) await page.move(told.loaded.config);
      if (dryRun && told.kind === 'turned') io.stdout.write(decision(told.turned));
      reporter.tell(told);
      if (told.kind === 'ticked' || told.kind === 'turned') page.record(told.kind === 'turned');
    },
  };
  try {
    const turned = await daemon(world, { once, dryRun }, io.signal);
    if (!once && !dryRun) log.info('stopped; HAProxy goes on by itself');
    return once && turned !== null ? exitOf(turned) : 0;
  } finally {
    await page.close();
    await notify.stopping();
  }
}

async function load(
  { io, config: flag }: Context,
  signal: AbortSignal,
  before: WatchedFiles,
  about: (watched: WatchedFiles) => void,
): Promise<LoadedFiles> {
  // Looked at before it is read: what changes in between is another content, and is read again.
  const then = await contentDigest(before);
  const { config, path } = loadConfig(io, flag);
  const watched = watchedPaths(config, path);
  about(watched);
  const content = isDeepStrictEqual(before, watched) ? then : await contentDigest(watched);
  const { haproxy } = config;
  const version = await versionFor(config, io.env, signal);
  const render = renderer(readTemplates(io.root, haproxy.templates), version, loadHtpasswd(config));
  return { config, render, version, content };
}

async function versionFor({ haproxy }: Config, env: Context['io']['env'], signal: AbortSignal): Promise<Version> {
  if (haproxy.version !== 'auto') return parseVersion(haproxy.version);
  return (await installedVersion(haproxy.binary, env, signal)) ?? assumedVersion;
}

/** A status of a thousand listens takes some 20 ms; the page's samples are ten seconds long. In milliseconds. */
const recordEvery = 5_000;

interface StatusPage {
  readonly move: (config: Config) => Promise<void>;
  /** Takes what is known now into the hour that the page shows; what comes often is taken now and then, unless it `matters`. */
  readonly record: (matters: boolean) => void;
  readonly close: () => Promise<void>;
}

/** The status address, wherever the configuration has it now. */
function statusPage(reporter: Reporter, root: string): StatusPage {
  let server: StatusServer | null = null;
  let page: Page | null = null;
  let at = '';
  let recordedAt = 0;
  return {
    async move({ status }) {
      const wanted =
        status === null ? '' : JSON.stringify(status, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      if (wanted === at) return;
      const before = server;
      if (status === null) server = null;
      else {
        const { openExposition } = await import('../status/exposition.ts');
        const { openPage } = await import('../status/page/cached-page.ts');
        page ??= openPage(root, systemClock);
        // Where it cannot be served, it stays where it was.
        server = await serveStatus(status, reporter.status, await openExposition(), page);
      }
      at = wanted;
      await before?.close();
    },
    record(matters) {
      const now = systemClock.now();
      if (server === null || (!matters && now - recordedAt < recordEvery)) return;
      recordedAt = now;
      const status = reporter.status();
      if (status !== null) page?.record(status);
    },
    close: async () => server?.close(),
  };
}

/** What `--dry-run` reports: the decision, why, and which listens are left as they are. */
function decision({ plan, next }: ReconcileResult): string {
  const left = [...next.heldBack].map(([listen, problem]) => `  listen ${listen} is left as it is: ${problem.message}\n`);
  return `${plan.kind}: ${plan.reasons.join(', ')}\n${left.join('')}`;
}

function exitOf({ problem, next }: ReconcileResult): number {
  if (problem !== null && problem.code !== 'reload.unseen') return problem.exit;
  const [left] = next.heldBack.values();
  return left?.exit ?? 0;
}
