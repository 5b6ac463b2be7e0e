import { readFile, readlink, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { HaproxyConfig } from '../config/config.ts';
import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import { listenBlocks } from '../haproxy/file/sections.ts';
import { countServers } from '../haproxy/file/slot-lines.ts';
import type { HaproxyState } from '../haproxy/process/inspect.ts';
import { sendCommand } from '../haproxy/process/runtime-api.ts';
import { queryServers, type ServersReading } from '../haproxy/process/servers-state.ts';
import { shortList } from '../terminal/short-list.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';
import { haproxyRunning, outputLoaded, reloadPermitted, haproxyRunsOutput as runsName } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { parseCommandLine } from './read/command-line.ts';
import { type CheckWithCauses, withCauses } from './root-causes.ts';

const timeout = 2_000;

/** Checks the running HAProxy: its processes, the files it was started with, and which version of podfront's file it runs. */
export async function runningChecks(facts: DoctorFacts): Promise<readonly CheckWithCauses[]> {
  const { state } = facts.running;
  return [await isRunning(facts), await loadsOutput(facts, state), runsOutput(facts)];
}

async function isRunning({ context, config, version, running: { state } }: DoctorFacts): Promise<CheckWithCauses> {
  const name = haproxyRunning;
  const remedy = 'start HAProxy in master-worker mode (-W or -Ws), and check haproxy.reload';
  switch (state.kind) {
    case 'absent':
    case 'unreachable':
      return withCauses(fail(name, state.problem.message, remedy), /\bEACCES\b/.test(state.problem.message) ? [reloadPermitted] : []);
    case 'unseen':
      return skip(name, 'haproxy.reload is none, or a command without haproxy.socket: there is nothing to ask');
    case 'running': {
      const workerVersion = await readVersion(config.haproxy, state, context.io.signal);
      const who = state.master === null ? `worker ${state.worker.pid}` : `master ${state.master}, worker ${state.worker.pid}`;
      const reloads =
        state.counts === null ? '' : `, ${state.counts.reloads} reloads, ${state.counts.failed} failed since the last good one`;
      if (state.counts !== null && state.counts.failed > 0)
        return warn(name, `${who}${reloads}`, 'the worker runs an older configuration; look for ALERT lines of HAProxy in the journal');
      if (workerVersion === null) return pass(name, `${who}${reloads}`);
      if (version !== null && workerVersion !== version.text)
        return warn(
          name,
          `${who} of version ${workerVersion}, while ${version.text} is installed`,
          'restart HAProxy: the file is written for the installed version',
        );
      return pass(name, `${who}, version ${workerVersion}${reloads}`);
    }
    default:
      return state satisfies never;
  }
}

/** The `Version` of the worker's `show info`; null where there is no socket to ask. */
async function readVersion(haproxy: HaproxyConfig, seen: HaproxyState, signal: AbortSignal): Promise<string | null> {
  if (seen.kind !== 'running') return null;
  const asked = socketOf(haproxy, seen.worker.pid);
  if (asked === null) return null;
  const reply = await sendCommand(asked.path, `${asked.prefix}show info`, timeout, signal);
  return reply.ok ? (/^Version: (\d+\.\d+(?:\.\d+)?)/m.exec(reply.text)?.[1] ?? null) : null;
}

/** The servers of the running HAProxy. */
export async function queryRunningServers(haproxy: HaproxyConfig, state: HaproxyState, signal: AbortSignal): Promise<ServersReading> {
  const socket = state.kind === 'running' ? socketOf(haproxy, state.worker.pid) : null;
  return socket === null
    ? { kind: 'unknown', why: state.kind === 'running' ? 'no stats socket; set haproxy.socket' : 'no running HAProxy was found' }
    : queryServers(socket.path, socket.prefix, signal);
}

/** The socket of the worker, and the prefix of commands on it; null where there is none. */
export function socketOf({ reload, socket }: HaproxyConfig, worker: number): { readonly path: string; readonly prefix: string } | null {
  if (reload.kind === 'master') return { path: reload.socket, prefix: `@!${worker} ` };
  return socket === null ? null : { path: socket, prefix: '' };
}

/** Whether the output is among the files of HAProxy's command line, in a folder of them included. */
async function loadsOutput({ config }: DoctorFacts, seen: HaproxyState): Promise<Check> {
  const name = outputLoaded;
  if (seen.kind !== 'running') return skip(name, 'no running HAProxy was found');
  const pid = seen.master ?? seen.worker.pid;
  const cmdline = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (cmdline === '') return skip(name, `the command line of process ${pid} cannot be read`);
  const { files, folder } = parseCommandLine(cmdline);
  const start = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  if (start === null && files.some((file) => !file.startsWith('/')))
    return skip(name, `process ${pid} was started with relative paths, and its folder cannot be read; run this as root`);
  const real = (path: string) => realpath(path).catch(() => path);
  const paths = await Promise.all(files.map((file) => real(resolve(start ?? '/', folder ?? '', file))));
  const { output } = config.haproxy;
  const [target, parent] = [await real(output), await real(dirname(output))];
  const inFolder = output.endsWith('.cfg') && paths.includes(parent);
  if (paths.includes(target) || inFolder) return pass(name, `it was started with ${shortList(files.map((file) => `-f ${file}`))}`);
  const remedy = `start HAProxy with -f ${output}, in a drop-in of its unit, or set haproxy.output to a file it loads`;
  return fail(name, `it was started with ${shortList(files.map((file) => `-f ${file}`)) || 'no file'}, not with ${output}`, remedy);
}

/**
 * Checks which state of the output HAProxy runs: by the daemon's journal, else by the times of the file and the worker, else by the
 * worker's servers.
 */
function runsOutput({ currentFile, servers, running: { state, digest }, config: { haproxy } }: DoctorFacts): Check {
  const name = runsName;
  if (state.kind !== 'running') return skip(name, 'no running HAProxy was found');
  if (currentFile === null) return skip(name, `${haproxy.output} does not exist`);
  if (digest === reloadDigest(currentFile)) return pass(name, 'its worker runs the file as it is');
  const remedy = 'reload HAProxy; podfront watch does it by itself, and podfront status tells why it has not';
  if (digest !== null) return fail(name, 'its worker runs an older state of the file', remedy);
  if (servers.kind === 'unknown')
    return warn(name, `the file is newer than its worker, and which state that runs cannot be asked: ${servers.why}`, remedy);
  const { backends } = servers;
  const counts = [...listenBlocks(currentFile)].map(([listen, block]) => ({
    listen,
    wanted: countServers(block),
    found: backends.get(listen)?.length ?? 0,
  }));
  const other = counts.filter(({ wanted, found }) => found !== wanted);
  if (other.length === 0) return pass(name, 'the file is newer than its worker, which has the same listens and slots');
  const shown = other.map(({ listen, wanted, found }) => `listen ${listen}: ${found} servers instead of ${wanted}`);
  return fail(name, `the file is newer than its worker, which has ${shortList(shown)}`, remedy);
}
