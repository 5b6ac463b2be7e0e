import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { loadHtpasswd } from '../config/load-htpasswd.ts';
import { configWarnings } from '../config/warnings.ts';
import type { Context } from '../context.ts';
import { renderer } from '../haproxy/file/render.ts';
import { readTemplates } from '../haproxy/load-templates.ts';
import { containsSecrets, hiddenHash, withoutSecrets } from '../haproxy-syntax/secrets.ts';
import { assumedVersion, parseVersion, type Version } from '../haproxy-syntax/version.ts';
import { desiredFile } from '../plan/desired-file.ts';
import { descriptorProblem, fileWarnings } from '../plan/warnings.ts';
import { atPlace, problem, problemWith } from '../problem/problem.ts';
import { chooseSource } from '../source/choose.ts';
import type { Observation } from '../source/observation.ts';
import { offlineSource } from '../source/offline.ts';
import { systemClock } from '../system/clock.ts';
import { writeResult } from '../system/output.ts';
import { readOutput } from '../system/read-file.ts';
import { isStream, writeThrough } from '../system/write-through.ts';

/** The options of `podfront render`. */
export interface RenderOptions {
  readonly offline?: boolean;
  readonly check?: boolean;
  readonly explain?: boolean;
  /** False under `--no-validate`. */
  readonly validate: boolean;
  readonly templates?: string;
  readonly haproxyVersion?: string;
}

/** The values of OUTPUT that stand for stdout. */
const stdoutNames: readonly string[] = ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

/**
 * `podfront render [OUTPUT]`: renders HAProxy's file once, has HAProxy check it, and writes it.
 * @returns 0, or 1 when `--check` finds that OUTPUT would change
 */
export async function render(context: Context, output: string | undefined, options: RenderOptions): Promise<number> {
  const { io, messages } = context;
  const target = output === undefined || stdoutNames.includes(output) ? null : resolve(io.cwd, output);
  if (options.check && target === null)
    throw problem('usage.arguments', { what: '--check needs an OUTPUT to compare with', command: 'podfront render' });
  const { config: fileConfig } = await loadConfig(io, context.config);
  const config = await withServices(context, fileConfig, options);
  const parts = readTemplates(io.root, options.templates === undefined ? config.haproxy.templates : resolve(io.cwd, options.templates));
  const accounts = loadHtpasswd(config);
  const through = target !== null && !options.check && (await isStream(target));
  const currentFile = target === null || through ? null : await readOutput(target);

  const [haproxy, observations] = await Promise.all([
    findHaproxy(context, config, options),
    observeAll(context, config, fileConfig, options),
  ]);
  const { version } = haproxy;
  // Offline, the Services are not known: the listens of those that are served are kept.
  const keepServiceListens = config.loadBalancer !== null && options.offline === true;
  const desired = desiredFile({
    config,
    observations,
    currentFile,
    version,
    render: renderer(parts, version, accounts),
    keepServiceListens,
  });
  for (const warning of [...configWarnings(config), ...fileWarnings(config, desired, observations)]) messages.warning(warning);
  if (options.explain) {
    const { explain } = await import('../plan/explain.ts');
    io.stderr.write(explain(desired, observations));
  }

  if (haproxy.installed && options.validate) {
    const { checkText, haproxyWarnings } = await import('../haproxy/process/check.ts');
    const { descriptorLimit } = await import('../haproxy/process/descriptor-limit.ts');
    const warnings = await checkText(context, config, desired.text, target);
    if (warnings.length > 0) messages.warning(haproxyWarnings(warnings));
    const tooFew = descriptorProblem(desired.allocation, await descriptorLimit());
    if (tooFew !== null) messages.warning(tooFew);
  }
  if (target === null) {
    if (containsSecrets(desired.text)) messages.warning(problem('auth.hidden', { shown: hiddenHash }));
    writeResult(io.stdout, withoutSecrets(desired.text));
  } else if (options.check) {
    if (desired.text === currentFile) return 0;
    const { unifiedDiff } = await import('../terminal/diff.ts');
    writeResult(io.stdout, withoutSecrets(unifiedDiff(output ?? '', currentFile, desired.text)));
    return 1;
  } else if (desired.text === currentFile) messages.info(`${output} is up to date`);
  else {
    const { installFile, unwritable } = await import('../haproxy/process/install.ts');
    if (!through) await installFile(target, desired.text);
    else {
      await writeThrough(target, desired.text, io.signal).catch((error: unknown) => {
        io.signal.throwIfAborted();
        throw unwritable(output ?? '', error);
      });
    }
    messages.info(`wrote ${output}`);
  }
  return 0;
}

interface Haproxy {
  readonly version: Version;
  readonly installed: boolean;
}

/** Finds the version to write for, and whether there is a HAProxy to check with. */
async function findHaproxy({ io, messages }: Context, config: Config, { haproxyVersion, validate }: RenderOptions): Promise<Haproxy> {
  const wanted = haproxyVersion ?? config.haproxy.version;
  const given = wanted === 'auto' ? null : parseVersion(wanted);
  if (given !== null && !validate) return { version: given, installed: false };
  const { binary } = config.haproxy;
  const { installedVersion } = await import('../haproxy/process/installed-version.ts');
  const found = await installedVersion(binary, io.env, io.signal);
  const version = given ?? found ?? assumedVersion;
  if (found === null && validate) messages.warning(problem('haproxy.not-checked', { binary, version: version.text }));
  return { version, installed: found !== null };
}

/** The configuration with the listens of Services: of those that have an address, and of those that the writer will most likely give one. */
async function withServices({ io }: Context, config: Config, { offline }: RenderOptions): Promise<Config> {
  if (config.loadBalancer === null || offline === true) return config;
  const { listServices } = await import('../load-balancer/list-services.ts');
  const { balance, nothingListed, withServiceListens } = await import('../load-balancer/balance.ts');
  return withServiceListens(config, balance(config, nothingListed, await listServices(config, io.env, io.signal), false));
}

/**
 * Observes every listen.
 * @throws Problem `dns.unusable` when a listen cannot be served as configured
 */
async function observeAll(
  { io }: Context,
  config: Config,
  { listens: ofFile }: Config,
  { offline }: RenderOptions,
): Promise<readonly Observation[]> {
  const source = offline ? offlineSource : await chooseSource(config, systemClock, { kubernetes: { env: io.env } });
  const observations = await source.list(config, io.signal);
  const parts = observations.flatMap(({ listen, problem }) =>
    problem === null || !ofFile.includes(listen) ? [] : [atPlace(problem, placeOf(config, listen.name))],
  );
  if (parts.length > 0) throw problemWith({ parts }, 'dns.unusable', { count: parts.length, total: observations.length });
  // A Service that cannot be served is left out, as in the daemon.
  return observations.filter(({ problem }) => problem === null);
}

function placeOf(config: Config, listen: string) {
  return { file: config.file, path: `listen.${listen}` };
}
