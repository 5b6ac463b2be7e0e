import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { type Problem, problem, problemWith } from '../../problem/problem.ts';
import { type Ended, exec } from '../../system/exec.ts';
import { type Alert, alertsIn, isSlowHash } from './check-alerts.ts';
import { type HaproxyEnv, withoutHaproxyVariables } from './environment.ts';

export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly alerts: readonly Alert[]; readonly problem: Problem };

/** What is checked: our candidate file, with everything else HAProxy loads beside it. */
export interface Candidate {
  readonly file: string;
  readonly text: string;
  /** The file it is to replace: not loaded beside it, should `haproxy.with` name it or its folder. */
  readonly target: string | null;
}

/**
 * Lets HAProxy judge the candidate together with `haproxy.with`, with warnings as errors (`-dW`, HAProxy 2.2).
 *
 * @param limit longest check in milliseconds
 * @throws Problem `haproxy.missing`, `haproxy.timeout`: no verdict was reached
 */
export async function checkFile(
  config: Config,
  candidate: Candidate,
  env: HaproxyEnv,
  signal: AbortSignal,
  limit: number,
): Promise<CheckResult> {
  const { binary, layout, with: others } = config.haproxy;
  const files = [...(await othersLoaded(others, candidate.target)), candidate.file].flatMap((file) => ['-f', file]);
  // A fragment on its own has no timeouts, which is worth a warning of HAProxy; they come from the files loaded with it.
  const strict = layout === 'full' || others.length > 0 ? ['-dW'] : [];
  const run = (options: readonly string[]) =>
    exec(binary, [...options, '-c', ...files], { env: withoutHaproxyVariables(env), limit, signal });
  const verdict = verdictOn(config, candidate, await run(strict), signal);
  if (verdict.ok || strict.length === 0 || verdict.alerts.length === 0 || !verdict.alerts.every(isSlowHash)) return verdict;
  return verdictOn(config, candidate, await run([]), signal);
}

function verdictOn(config: Config, candidate: Candidate, ended: Ended, signal: AbortSignal): CheckResult {
  const { binary } = config.haproxy;
  switch (ended.kind) {
    case 'exited': {
      if (ended.status === 0) return { ok: true };
      return refusal(config, candidate, `${ended.stderr}\n${ended.stdout}`);
    }
    case 'killed':
      signal.throwIfAborted();
      return refusal(config, candidate, `[ALERT] (0) : ${binary} -c was ended by ${ended.signal}`);
    case 'timeout':
      throw problem('haproxy.timeout', { binary, ms: ended.ms });
    case 'missing':
      throw problem('haproxy.missing', { binary, why: ended.why });
    default:
      return ended satisfies never;
  }
}

/** The other files as HAProxy loads them: of a folder each `*.cfg` that is not hidden, in order of name (HAProxy management guide 3, -f). */
export async function othersLoaded(others: readonly string[], target: string | null): Promise<readonly string[]> {
  const own = target === null ? null : await realpath(target).catch(() => target);
  const files = await Promise.all(
    others.map(async (other) => {
      const names = await readdir(other).catch(() => null);
      if (names === null) return [other];
      return names
        .filter((name) => name.endsWith('.cfg') && !name.startsWith('.'))
        .sort()
        .map((name) => join(other, name));
    }),
  );
  const real = await Promise.all(files.flat().map(async (file) => ({ file, path: await realpath(file).catch(() => file) })));
  return real.filter(({ path }) => path !== own).map(({ file }) => file);
}

function refusal(config: Config, { file, text }: Candidate, output: string): CheckResult {
  const alerts = alertsIn(output, file, text, config);
  const guilty = [...new Set(alerts.flatMap(({ listen }) => listen ?? []))];
  const lines = alerts.map((alert) => (alert.listen === null ? alert.text : `listen ${alert.listen}: ${alert.text}`));
  const hint =
    guilty.length > 0 ? `look at ${guilty.map((name) => `listen.${name}`).join(', ')} in ${config.file}` : 'look at the lines above';
  return { ok: false, alerts, problem: problemWith({ lines }, 'haproxy.refused', { hint }) };
}
