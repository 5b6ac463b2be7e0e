import type { Config } from '../../config/config.ts';
import { problem } from '../../problem/problem.ts';
import type { Clock } from '../../system/clock.ts';
import { cachedReader } from '../../system/file-watch.ts';
import type { Env, HaproxyTimeouts } from '../../system/process.ts';
import { readOutput } from '../../system/read-file.ts';
import type { Alert } from '../file/check-alerts.ts';
import type { ListenActions } from '../file/runtime-listens.ts';
import { type ApplyOutcome, type ApplyRequest, apply } from './apply.ts';
import { type CheckResult, checkFile } from './check.ts';
import { commandSocket } from './command-socket.ts';
import { descriptorLimit } from './descriptor-limit.ts';
import { findUnbindable, type UnbindableListens } from './find-unbindable.ts';
import { type HaproxyState, inspect, isUnchanged } from './inspect.ts';
import { journalOf } from './journal.ts';
import type { SendSignal } from './request-reload.ts';
import { findRunningConfig, type RunningConfig } from './running-config.ts';
import { findServers } from './running-servers.ts';
import { runtimeAccess } from './runtime-access.ts';
import { type PatchOutcome, patchServers } from './runtime-update.ts';
import { queryServers, type ServersReading } from './servers-state.ts';

/** The current file, and the running HAProxy. */
export interface Inspection extends RunningConfig {
  /** The text of the output; null when there is no such file. */
  readonly currentFile: string | null;
  /** The limit of open file descriptors of HAProxy, or of one that is started later; null where that is not known. */
  readonly descriptorLimit?: number | null;
}

/** HAProxy with its configuration file, to be inspected and changed. */
export interface Haproxy {
  /**
   * Reads the output and finds which file HAProxy runs.
   * @throws Problem `usage.unreadable` when the output cannot be read
   */
  readonly inspect: (previous: RunningConfig, signal: AbortSignal) => Promise<Inspection>;
  /** Finds only the process; returns `previous` where /proc shows that nothing has changed. */
  readonly findProcess: (previous: HaproxyState, signal: AbortSignal) => Promise<HaproxyState>;
  /** The servers that the current worker has in each listen. */
  readonly readServers: (signal: AbortSignal) => Promise<ServersReading>;
  /**
   * Checks the output, which has this text, together with the other files that HAProxy loads.
   * @throws Problem `haproxy.missing`, `haproxy.timeout`
   */
  readonly check: (text: string, signal: AbortSignal) => Promise<CheckResult>;
  /** Changes servers at run time; see `patchServers`. */
  readonly patch: (changes: ListenActions, state: HaproxyState, signal: AbortSignal) => Promise<PatchOutcome>;
  /** Finds the binds of the desired file on which a reload would fail, among those that the current file does not have. */
  readonly findUnbindable: (current: string | null, desired: string, state: HaproxyState) => Promise<UnbindableListens>;
  /**
   * Reads the output, again only where it may have changed; null when there is no such file.
   * @throws Problem `usage.unreadable` when it cannot be read
   */
  readonly readFile: () => Promise<string | null>;
  /** Makes one change; see `apply`. */
  readonly apply: (request: ApplyRequest, state: HaproxyState, signal: AbortSignal) => Promise<ApplyOutcome>;
}

/** The dependencies of `openHaproxy`. */
export interface HaproxyWorld {
  readonly env: Env;
  readonly clock: Clock;
  readonly kill: SendSignal;
  readonly timeouts: HaproxyTimeouts;
  /** Called with the warnings of `haproxy -c` about each file that it accepted. */
  readonly onWarnings: (warnings: readonly Alert[]) => void;
}

/** The HAProxy of a configuration: its binary, its sockets and processes, and podfront's journal beside the output. */
export function openHaproxy(config: Config, world: HaproxyWorld): Haproxy {
  const { haproxy } = config;
  const { output } = haproxy;
  const journal = journalOf(output);
  // Equal texts share one string, because that of a thousand listens has 2.4 MB and several parts of the daemon keep it.
  let lastRead: string | null = null;
  const readCurrentFile = async () => {
    const text = await readOutput(output);
    if (text !== lastRead) lastRead = text;
    return lastRead;
  };
  return {
    async inspect(previous, signal) {
      const currentFile = await readCurrentFile();
      const running = await findRunningConfig(haproxy, journal, currentFile, previous, world, signal);
      const { state } = running;
      // A HAProxy that is started later will have the limit of a service, like podfront.
      const limit = await descriptorLimit(state.kind === 'running' ? (state.master ?? state.worker.pid) : 'self');
      return {
        currentFile,
        ...running,
        descriptorLimit: limit,
        servers: await findServers(config, currentFile, running, previous, signal),
      };
    },
    findProcess: async (previous, signal) => ((await isUnchanged(previous)) ? previous : inspect(haproxy, world.env, signal)),
    async readServers(signal) {
      const socket = commandSocket(haproxy);
      return socket === null ? { kind: 'unknown', why: 'there is no socket' } : queryServers(socket.path, socket.prefix, signal);
    },
    check: (text, signal) => checkFile(config, { file: output, text, replaces: output }, world.env, signal, world.timeouts.check),
    async patch(changes, state, signal) {
      const access = state.kind === 'running' ? runtimeAccess(haproxy, state.worker) : null;
      if (access === null)
        return { kind: 'unanswered', problem: problem('runtime.unreachable', { socket: output, why: 'HAProxy is not there' }) };
      return patchServers(access, changes, signal);
    },
    findUnbindable: (current, desired, state) => findUnbindable(config, current, desired, state),
    readFile: cachedReader(output, readCurrentFile, world.clock),
    apply: (request, state, signal) => apply({ config, journal, ...world }, request, state, signal),
  };
}
