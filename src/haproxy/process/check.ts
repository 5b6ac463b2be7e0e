import { mkdtemp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { Context } from '../../context.ts';
import { type Problem, problem, problemWith } from '../../problem/problem.ts';
import { type Ended, exec } from '../../system/exec.ts';
import type { Env } from '../../system/process.ts';
import { reasonOf } from '../../system/system-error.ts';
import { type Alert, alertsIn, isAboutMachine } from '../file/check-alerts.ts';
import { withoutHaproxyVariables } from './environment.ts';
import { reportedLines } from './reported-lines.ts';

/** The verdict of `haproxy -c` on a file. */
export type CheckResult =
  | { readonly ok: true; readonly warnings: readonly Alert[] }
  | { readonly ok: false; readonly alerts: readonly Alert[]; readonly problem: Problem };

/** A file that is checked together with everything else that HAProxy loads. */
export interface CheckInput {
  readonly file: string;
  readonly text: string;
  /** The file that it will replace, which is not loaded as well even if `haproxy.with` names it or its folder. */
  readonly replaces: string | null;
}

/**
 * Lets HAProxy check a file together with `haproxy.with`; under `haproxy.warnings: refuse` with warnings as errors
 * (`-dW`, HAProxy 2.2).
 *
 * @param timeout longest check in milliseconds
 * @throws Problem `haproxy.missing`, `haproxy.timeout`, `haproxy.check-ended`, `system.not-started`: no verdict was reached
 */
export async function checkFile(config: Config, input: CheckInput, env: Env, signal: AbortSignal, timeout: number): Promise<CheckResult> {
  const { binary, layout, with: others, warnings } = config.haproxy;
  const beside = await filesLoadedBeside(others, input.replaces);
  const pipe = await firstPipe(beside);
  if (pipe !== undefined)
    throw problem('haproxy.check-ended', { binary, why: `it would wait for ${pipe}, a named pipe; name regular files in haproxy.with` });
  const files = [...beside, input.file].flatMap((file) => ['-f', file]);
  // A fragment alone has no timeouts, of which HAProxy warns; they are in the files loaded with it.
  const complete = layout === 'full' || others.length > 0;
  const strict = complete && warnings === 'refuse' ? ['-dW'] : [];
  const run = (options: readonly string[]) =>
    exec(binary, [...options, '-c', ...files], { env: withoutHaproxyVariables(env), timeout, signal });
  const verdict = verdictOf(config, input, await run(strict), signal);
  if (verdict.ok && !complete) return { ok: true, warnings: [] };
  if (verdict.ok || strict.length === 0 || verdict.alerts.length === 0 || !verdict.alerts.every(isAboutMachine)) return verdict;
  return verdictOf(config, input, await run([]), signal);
}

/**
 * Lets HAProxy check a text in a temporary folder, for commands that do not install it.
 *
 * @param replaces the file that it may replace later
 * @returns HAProxy's warnings
 * @throws Problem `haproxy.refused` with HAProxy's ALERT lines, those of `checkFile`, and `system.temporary-folder`
 */
export async function checkText({ io }: Context, config: Config, text: string, replaces: string | null): Promise<readonly Alert[]> {
  const folder = await mkdtemp(join(tmpdir(), 'podfront-')).catch((error: unknown) => {
    throw problem('system.temporary-folder', { folder: tmpdir(), why: reasonOf(error) });
  });
  try {
    const file = join(await realpath(folder), 'haproxy.cfg');
    await writeFile(file, text, { mode: 0o600 }).catch((error: unknown) => {
      throw problem('system.temporary-folder', { folder, why: reasonOf(error) });
    });
    const verdict = await checkFile(config, { file, text, replaces }, io.env, io.signal, io.timeouts.check);
    if (!verdict.ok) throw verdict.problem;
    return verdict.warnings;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The messages of HAProxy and of the C library when malloc(3) fails. */
const outOfMemory = /\bout of memory\b|cannot allocate memory|not enough memory|memory allocation/i;

function verdictOf(config: Config, input: CheckInput, ended: Ended, signal: AbortSignal): CheckResult {
  const { binary } = config.haproxy;
  switch (ended.kind) {
    case 'exited': {
      const output = `${ended.stderr}\n${ended.stdout}`;
      if (ended.status === 0) return { ok: true, warnings: warningsIn(output, config, input) };
      // The status with which a shell reports a program that a signal ended, where `binary` is a script.
      if (ended.status > 128) throw problem('haproxy.check-ended', { binary, why: `it ended with ${ended.status}` });
      const refused = refusal(config, input, output);
      if (refused.alerts.some(({ text }) => outOfMemory.test(text)))
        throw problem('haproxy.check-ended', { binary, why: 'it ran out of memory' });
      return refused;
    }
    case 'killed':
      signal.throwIfAborted();
      throw problem('haproxy.check-ended', { binary, why: `it was ended by ${ended.signal}` });
    case 'timeout':
      throw problem('haproxy.timeout', { binary, ms: ended.ms });
    case 'missing':
      throw problem('haproxy.missing', { binary, why: ended.why });
    case 'shortage':
      throw problem('system.not-started', { ...ended, program: binary });
    default:
      return ended satisfies never;
  }
}

/** The first of some files that is a named pipe, in which HAProxy would wait for a writer until its time is over. */
async function firstPipe(files: readonly string[]): Promise<string | undefined> {
  const kinds = await Promise.all(files.map((file) => stat(file).catch(() => null)));
  return files.find((_, i) => kinds[i]?.isFIFO() === true);
}

/** The files of `haproxy.with` as HAProxy loads them: of a folder each `*.cfg` that is not hidden, in order of name (HAProxy management guide 3, -f). */
export async function filesLoadedBeside(others: readonly string[], replaces: string | null): Promise<readonly string[]> {
  const replaced = replaces === null ? null : await realpath(replaces).catch(() => replaces);
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
  return real.filter(({ path }) => path !== replaced).map(({ file }) => file);
}

/** The problem with HAProxy's warnings about a file that it accepted. */
export function haproxyWarnings(warnings: readonly Alert[]): Problem {
  const lines = [...new Set(warnings.map(({ listen, text }) => (listen === null ? text : `listen ${listen}: ${text}`)))];
  return problemWith({ lines }, 'haproxy.warnings', { count: lines.length === 1 ? '1 warning' : `${lines.length} warnings` });
}

function warningsIn(output: string, config: Config, { file, text }: CheckInput): readonly Alert[] {
  return alertsIn(output, file, text, config).filter((alert) => alert.text.startsWith('WARNING: ') && !isAboutMachine(alert));
}

function refusal(config: Config, { file, text }: CheckInput, output: string): CheckResult & { ok: false } {
  const alerts = alertsIn(output, file, text, config);
  const listens = [...new Set(alerts.flatMap(({ listen }) => listen ?? []))];
  const lines = reportedLines(alerts.map((alert) => (alert.listen === null ? alert.text : `listen ${alert.listen}: ${alert.text}`)));
  const hint =
    listens.length > 0 ? `look at ${listens.map((name) => `listen.${name}`).join(', ')} in ${config.file}` : 'look at the lines above';
  return { ok: false, alerts, problem: problemWith({ lines }, 'haproxy.refused', { hint }) };
}
