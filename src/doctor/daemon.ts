import { readFileSync } from 'node:fs';
import { Problem } from '../problem/problem.ts';
import { askDaemon } from '../status/ask-daemon.ts';
import { trafficText } from '../status/report.ts';
import type { Status } from '../status/status.ts';
import { isLocked } from '../system/lock.ts';
import { type Check, fail, pass, warn } from './check.ts';
import { daemonRunning as name } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';

/** Checks that `podfront watch` runs, with the configuration on disk and the installed version. */
export async function daemonChecks({ context, config }: DoctorFacts): Promise<readonly Check[]> {
  const { root, signal } = context.io;
  const { output } = config.haproxy;
  if (config.status === null) {
    if (await isLocked(output)) return [pass(name, `a daemon manages ${output}; status is none, so it cannot be asked`)];
    const remedy = 'start podfront watch, where the file is to follow the pods; with a status address podfront status shows what it knows';
    return [warn(name, `no daemon manages ${output}`, remedy)];
  }
  try {
    const { status: known } = await askDaemon(config.status, signal);
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { readonly version: string };
    return [judgeDaemon(known, version, output)];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (await isLocked(output))
      return [warn(name, `a daemon manages ${output}, but ${error.message}`, 'restart it: its status address may be an older one')];
    const remedy =
      'start podfront watch (systemctl start podfront, where systemd runs it); where podfront render alone is used, remove status from podfront.yaml';
    return [fail(name, `no daemon manages ${output}, although status is set: ${error.message}`, remedy)];
  }
}

/** Judges the status of a daemon, without its problems with HAProxy and listens, which other checks cover. */
export function judgeDaemon(status: Status, installed: string, output: string): Check {
  const seen = `version ${status.version}, since ${status.startedAt}; traffic: ${trafficText(status)}`;
  if (status.output !== output)
    return warn(name, `${seen}; it manages ${status.output} instead of ${output}`, 'restart podfront watch with this configuration');
  if (status.config.problem !== null)
    return warn(name, `${seen}; it uses an earlier configuration: ${status.config.problem.message}`, status.config.problem.hint);
  if (status.version !== installed) return warn(name, `${seen}; ${installed} is installed`, 'restart podfront watch');
  return status.ready ? pass(name, seen) : warn(name, `${seen}; it is not ready yet`, 'podfront status tells what it waits for');
}
