import type { Config } from '../config/config.ts';
import type { Alert } from '../haproxy/file/check-alerts.ts';
import { haproxyWarnings } from '../haproxy/process/check.ts';
import { commandSocket } from '../haproxy/process/command-socket.ts';
import type { ServerStats } from '../haproxy/process/proxy-stats.ts';
import type { BackendHealth, Health } from '../haproxy/process/watch-health.ts';
import { someOf } from '../plan/describe-changes.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { ListenDetails, Status } from '../status/status.ts';
import type { Clock } from '../system/clock.ts';
import type { Notify } from '../system/notify.ts';
import { conditionChanges, type ReportedConditions, type TrafficByListen } from './conditions.ts';
import { currentConditions } from './current-conditions.ts';
import type { LoopState } from './events.ts';
import type { Log } from './log.ts';
import type { Notice } from './notice.ts';
import type { ForeignChange } from './output-guard.ts';
import type { ReconcileResult } from './reconciliation.ts';
import { isGood, logResult, summaryOf } from './result-text.ts';
import { serverList } from './server-list.ts';
import type { ApiCounts } from './source-status.ts';
import { buildStatus, type StatusInput } from './status.ts';
import { trafficByListen } from './traffic.ts';

/** The reporter of a daemon: it turns notices into log lines, messages to the service manager, and the status. */
export interface Reporter {
  readonly report: (notice: Notice) => void;
  /** The current status; null before the configuration was read, and while a reconciliation hangs. */
  readonly status: () => Status | null;
  /** One listen of that status with its servers as HAProxy reports them; null where there is none of that name. */
  readonly details: (listen: string) => Promise<ListenDetails | null>;
}

/** The dependencies of a reporter. */
export interface ReporterWorld {
  readonly log: Log;
  readonly notify: Notify;
  readonly clock: Clock;
  /** The name of this machine. */
  readonly host: string;
  /** The counts for the Kubernetes API. */
  readonly apiCounts: () => ApiCounts;
  /** Reads the servers of one backend; null where HAProxy does not report them. */
  readonly readServers: (config: Config, backend: BackendHealth) => Promise<readonly ServerStats[] | null>;
}

/** Milliseconds after which a reconciliation is taken to hang. All its waits have shorter limits. */
const hangsAfter = 600_000;

/** Milliseconds before a warning of the same change by someone else is repeated. */
const repeatAfter = 60_000;

/** Milliseconds within which a running HAProxy reports its health. */
const healthWithin = 10_000;

/** Opens the reporter of a daemon of this version. */
export function openReporter(version: string, { log, notify, clock, host, apiCounts, readServers }: ReporterWorld): Reporter {
  const startedAt = clock.now();
  let loop: LoopState | null = null;
  let result: ReconcileResult | null = null;
  /** The reason why the last reconciliation could not begin. */
  let stopped: Problem | null = null;
  let reconcilingSince: number | null = null;
  let ready = false;
  /** Whether the files were read again since the last reconciliation, as SIGHUP asks for. */
  let loadedAgain = false;
  let reported: ReportedConditions = new Map();
  let health: Health = { kind: 'unknown', why: 'it was not read yet' };
  /** The time since which HAProxy runs without reporting its health; null while it does not run, or reports it. */
  let runningSince: number | null = null;
  /** The last change of servers at run time. */
  let lastPatch: StatusInput['lastPatch'] = null;
  let foreign: { readonly code: string; readonly at: number } | null = null;
  /** HAProxy's last warnings, without the numbers of their lines. */
  let warned = '';
  /** Computed on demand; null after something has changed. */
  let traffic: TrafficByListen | null = null;
  let [configProblem, addressProblem]: [Problem | null, Problem | null] = [null, null];

  const hangs = () => reconcilingSince !== null && clock.now() - reconcilingSince > hangsAfter;

  function currentTraffic(): TrafficByListen {
    traffic ??= loop === null ? new Map() : trafficByListen(loop, result, health);
    return traffic;
  }

  /** The problem of health that cannot be read although HAProxy runs and has a socket for it. */
  function healthProblem(): Problem | null {
    if (loop === null || health.kind === 'known' || runningSince === null || clock.now() - runningSince < healthWithin) return null;
    return commandSocket(loop.config.haproxy) === null ? null : problem('haproxy.health-unknown', { why: health.why });
  }

  function currentStatus(): Status | null {
    if (loop === null || hangs()) return null;
    const seen = { loop, result, lastPatch, health, traffic: currentTraffic(), apiCounts: apiCounts() };
    const problems = { stopped, addressProblem, healthProblem: healthProblem() };
    return buildStatus({ version, startedAt, ready, host, ...seen, ...problems }, clock.now());
  }

  function logConditions(): void {
    const state = { loop, result, stopped, configProblem, addressProblem, healthProblem: healthProblem(), traffic: currentTraffic() };
    const current = currentConditions(state, clock.now());
    const changes = conditionChanges(reported, current, new Set(loop?.config.listens.map(({ name }) => name)));
    reported = changes.reported;
    for (const event of changes.events) {
      if (event.level === 'info') log.info(event.text, event.fields);
      else log.problem(event.level, event.problem, event.fields);
    }
  }

  /** Warns of a change by someone else, of the same one at most once a minute. */
  function logForeignChange({ problem, obstacle }: ForeignChange): void {
    const again = foreign !== null && foreign.code === problem.code && clock.now() - foreign.at < repeatAfter;
    if (!again) foreign = { code: problem.code, at: clock.now() };
    if (again) {
      log.debug(problem.message);
      return;
    }
    log.problem('warn', problem);
    if (obstacle === null) log.info('put the output back, without a reload');
    else log.problem('warn', obstacle);
  }

  /** Logs HAProxy's warnings, unless the previous file had the same. */
  function logWarnings(warnings: readonly Alert[]): void {
    const text = warnings.map((one) => one.text.replace(/\[[^\]]*:\d+\]/g, '')).join('\n');
    if (text !== '' && text !== warned) log.problem('warn', haproxyWarnings(warnings));
    warned = text;
  }

  function reconciled(done: ReconcileResult): void {
    result = done;
    stopped = null;
    reconcilingSince = null;
    if (done.patched.length > 0) lastPatch = { at: clock.now(), changes: done.patched };
    logResult(log, done, loadedAgain);
    loadedAgain = false;
    logConditions();
    if (!ready && isGood(done)) {
      ready = true;
      notify.ready(summaryOf(done));
    } else notify.status(summaryOf(done));
  }

  return {
    report(notice) {
      if ('loop' in notice) loop = notice.loop;
      if (notice.kind !== 'tick') traffic = null;
      const silent = health.kind === 'unknown' && result?.inspection.state.kind === 'running';
      runningSince = silent ? (runningSince ?? clock.now()) : null;
      switch (notice.kind) {
        case 'loaded': {
          const { config, version: haproxyVersion } = notice.files;
          configProblem = null;
          const fields = { config: config.file, count: config.listens.length };
          log.info(`keeping ${config.haproxy.output} for HAProxy ${haproxyVersion.text}`, fields);
          loadedAgain = result !== null;
          if (ready) notify.ready(summaryOf(result));
          break;
        }
        case 'not-loaded':
          configProblem = notice.problem;
          if (ready) notify.ready(summaryOf(result));
          logConditions();
          break;
        case 'loading-again':
          notify.reloading();
          break;
        case 'observed':
          break;
        case 'foreign-change':
          logForeignChange(notice.change);
          break;
        case 'warnings':
          logWarnings(notice.warnings);
          break;
        case 'reconciling':
          reconcilingSince = clock.now();
          break;
        case 'reconciled':
          reconciled(notice.result);
          break;
        case 'patched':
          if (result !== null) result = { ...result, ...afterPatch(result, notice) };
          lastPatch = { at: clock.now(), changes: notice.changes };
          log.info(`changed servers at run time: ${someOf(notice.changes).join('; ')}`);
          break;
        case 'not-reconciled':
          reconcilingSince = null;
          stopped = notice.problem;
          logConditions();
          break;
        case 'status-address':
          addressProblem = notice.problem;
          break;
        case 'health':
          health = notice.health;
          break;
        case 'tick':
          if (!hangs()) notify.alive();
          logConditions();
          break;
        default:
          notice satisfies never;
      }
    },
    status: currentStatus,
    async details(name) {
      const status = currentStatus()?.listens.find(({ listen }) => listen === name);
      if (status === undefined || loop === null) return null;
      const backend = health.kind === 'known' ? (health.backends.get(name) ?? null) : null;
      const reported = backend === null ? null : await readServers(loop.config, backend);
      const allocation = result?.desired.allocation.find(({ listen }) => listen.name === name);
      return { ...status, serverList: serverList(allocation, reported, clock.now()) };
    },
  };
}

/** The last result, updated by a change of pods at run time. */
function afterPatch(result: ReconcileResult, { last, allocations }: Notice & { readonly kind: 'patched' }): ReconcileResult {
  const patched = new Map(allocations.map((one) => [one.listen.name, one]));
  const allocation = result.desired.allocation.map((one) => patched.get(one.listen.name) ?? one);
  const inspection = { ...result.inspection, ...last.running };
  return { ...result, inspection, state: last.state, desired: { ...result.desired, allocation } };
}
