import { stat } from 'node:fs/promises';
import type { BackendTls, Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { loadHtpasswd } from '../config/load-htpasswd.ts';
import { configWarnings } from '../config/warnings.ts';
import type { Context } from '../context.ts';
import { renderer } from '../haproxy/file/render.ts';
import { readTemplates } from '../haproxy/load-templates.ts';
import { assumedVersion, parseVersion } from '../haproxy-syntax/version.ts';
import { desiredFile } from '../plan/desired-file.ts';
import { Problem, problemWith } from '../problem/problem.ts';
import { offlineSource } from '../source/offline.ts';
import { writeResult } from '../system/output.ts';
import { otherKind } from '../system/read-file.ts';
import { reasonOf } from '../system/system-error.ts';

/** The options of `podfront validate`. */
export interface ValidateOptions {
  readonly json?: boolean;
}

/**
 * `podfront validate`: checks the configuration and the files that it names. It asks neither DNS nor HAProxy, and writes nothing.
 * @returns 0, or 2 when there are faults
 */
export async function validate(context: Context, { json = false }: ValidateOptions): Promise<number> {
  const { io, messages } = context;
  const { config, problems } = await check(context);
  if (json) writeResult(io.stdout, asJson(config, problems));
  else for (const found of problems) messages.problem(found);
  if (config !== null) for (const warning of configWarnings(config)) messages.warning(warning);
  if (!json && problems.length === 0 && config !== null) {
    const count = config.listens.length === 1 ? '1 listen' : `${config.listens.length} listens`;
    writeResult(io.stdout, `${config.file} is valid, with ${count}\n`);
  }
  return problems.length === 0 ? 0 : 2;
}

async function check({ io, config: flag }: Context): Promise<{ readonly config: Config | null; readonly problems: readonly Problem[] }> {
  let config: Config;
  try {
    ({ config } = await loadConfig(io, flag));
  } catch (error) {
    if (error instanceof Problem) return { config: null, problems: [error] };
    throw error;
  }
  return { config, problems: [...(await renderFaults(io, config)), ...(await missingFiles(config))] };
}

/** The faults of password files and templates, found by rendering the file without asking the cluster. */
async function renderFaults({ root, signal }: Context['io'], config: Config): Promise<readonly Problem[]> {
  try {
    const { haproxy } = config;
    const version = haproxy.version === 'auto' ? assumedVersion : parseVersion(haproxy.version);
    const render = renderer(readTemplates(root, haproxy.templates), version, loadHtpasswd(config));
    desiredFile({ config, observations: await offlineSource.list(config, signal), currentFile: null, version, render });
    return [];
  } catch (error) {
    if (error instanceof Problem) return [error];
    throw error;
  }
}

/** The files for HAProxy that the configuration names and that do not exist, or would hold HAProxy up; keys may be readable by HAProxy only. */
async function missingFiles(config: Config): Promise<readonly Problem[]> {
  const named = [
    ...config.haproxy.with.map((file, i) => ({ file, path: `haproxy.with[${i}]` })),
    ...config.listens.flatMap(({ name, binds, tls, checkTls }) => [
      ...binds.flatMap((bind, i) => (bind.tls === null ? [] : [{ file: bind.tls.crt, path: `listen.${name}.binds[${i}].crt` }])),
      ...caFile(tls, `listen.${name}.sslBackend.caFile`),
      ...caFile(checkTls, `listen.${name}.check.tls.caFile`),
    ]),
  ];
  const found = await Promise.all(
    named.map(async ({ file, path }) => {
      const why = await stat(file).then(
        (stats) => (stats.isFIFO() || stats.isSocket() ? otherKind(stats) : null),
        (error: NodeJS.ErrnoException) => (error.code === 'EACCES' ? null : reasonOf(error)),
      );
      return why === null ? [] : [problemWith({ at: { file: config.file, path } }, 'config.unusable-file', { file, why })];
    }),
  );
  return found.flat();
}

function caFile(tls: BackendTls, path: string): readonly { readonly file: string; readonly path: string }[] {
  return tls.kind === 'verified' ? [{ file: tls.caFile, path }] : [];
}

function asJson(config: Config | null, problems: readonly Problem[]): string {
  const shown = problems.flatMap((one) => (one.parts.length > 0 ? one.parts : [one]));
  const faults = shown.map(({ code, message, hint, at }) => ({ code, message, hint, ...(at !== undefined && { place: at }) }));
  const listens = config?.listens.length ?? null;
  return `${JSON.stringify({ ok: faults.length === 0, file: config?.file ?? null, listens, problems: faults }, null, 2)}\n`;
}
