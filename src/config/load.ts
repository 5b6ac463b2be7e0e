import { dirname, resolve } from 'node:path';
import { problem, problemWith } from '../problem/problem.ts';
import type { Io } from '../system/process.ts';
import { readInput } from '../system/read-file.ts';
import type { BasicAuth, Config } from './config.ts';
import { parseConfig } from './parse.ts';
import { defaultConfigPaths } from './places.ts';

/** The largest configuration that is read, in bytes. */
const maxBytes = 4 * 1024 * 1024;

/** The parts of the process that loading a configuration needs. */
type LoadIo = Pick<Io, 'env' | 'cwd' | 'signal' | 'stdin'>;

/** A configuration and the path it was read from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly path: string;
}

/**
 * Finds, reads and validates the configuration: `flag` (`--config`; `-` is stdin), else `$PODFRONT_CONFIG`, else
 * `./podfront.yaml`, else `/etc/podfront/podfront.yaml`.
 * @throws Problem config.not-found, config.unreadable and config.invalid
 */
export async function loadConfig(io: LoadIo, flag: string | undefined): Promise<LoadedConfig> {
  const { text, displayName, path } = await readConfig(io, flag);
  return { config: withAbsolutePaths(parseConfig(text, displayName), dirname(path)), path };
}

/**
 * Loads the configuration for check-networks, which does not require one: null when none is named and none is in the default places. It
 * may have no listens; `cluster.nameservers` is empty where none is named and the NixOS rule gives none.
 */
export async function loadNetworksIfAny(io: LoadIo, flag: string | undefined): Promise<LoadedConfig | null> {
  const found = await findConfig(io, flag);
  if (found === null) return null;
  return { config: withAbsolutePaths(parseConfig(found.text, found.displayName, 'networks'), dirname(found.path)), path: found.path };
}

/** The text of a configuration. */
export interface ConfigFile {
  readonly path: string;
  /** The path as the user wrote it, for messages. */
  readonly displayName: string;
  readonly text: string;
}

/**
 * Finds and reads the configuration as `loadConfig` does, without parsing it.
 * @throws Problem config.not-found, config.unreadable
 */
export async function readConfig(io: LoadIo, flag: string | undefined): Promise<ConfigFile> {
  const found = await findConfig(io, flag);
  if (found !== null) return found;
  throw problem('config.not-found', {
    tried: `neither ${defaultConfigPaths.map((place) => (place.startsWith('/') ? place : `./${place}`)).join(' nor ')} exists`,
  });
}

async function findConfig(io: LoadIo, flag: string | undefined): Promise<ConfigFile | null> {
  const { env, cwd } = io;
  const fromEnv = env.PODFRONT_CONFIG ?? '';
  const named = flag ?? (fromEnv === '' ? undefined : fromEnv);
  const hint = flag === undefined ? 'PODFRONT_CONFIG names it' : '--config names it';
  if (named === '-') return { path: resolve(cwd, 'stdin'), displayName: 'stdin', text: decoded(Buffer.from(await io.stdin()), 'stdin') };
  for (const displayName of named === undefined ? defaultConfigPaths : [named]) {
    const path = resolve(cwd, displayName);
    const content = await readInput(path, maxBytes, io.signal);
    const elsewhere = named === undefined ? 'check its permissions, or name another file with --config' : hint;
    if (content.kind === 'content') return { path, displayName, text: decoded(content.bytes, displayName) };
    if (content.kind === 'unreadable') throw problem('config.unreadable', { file: displayName, why: content.why, hint: elsewhere });
    if (named !== undefined) throw problem('config.unreadable', { file: named, why: 'there is no such file', hint });
  }
  return null;
}

function decoded(bytes: Buffer, file: string): string {
  const hint = 'is it the right file?';
  if (bytes.length > maxBytes) throw problem('config.unreadable', { file, why: `it has more than ${maxBytes} bytes`, hint });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw problemWith({ cause }, 'config.unreadable', { file, why: 'it is not UTF-8', hint: `save it as UTF-8; ${hint}` });
  }
}

/** Resolves the paths relative to the folder of the configuration. A bare program name is left for PATH. */
function withAbsolutePaths(config: Config, folder: string): Config {
  const { cluster, haproxy, listens } = config;
  const { api } = cluster;
  return Object.freeze({
    ...config,
    cluster:
      api?.kind === 'kubeconfig' ? Object.freeze({ ...cluster, api: Object.freeze({ ...api, file: resolve(folder, api.file) }) }) : cluster,
    listens: Object.freeze(
      listens.map((listen) =>
        listen.basicAuth === null ? listen : Object.freeze({ ...listen, basicAuth: absoluteAuth(listen.basicAuth, folder) }),
      ),
    ),
    haproxy: Object.freeze({
      ...haproxy,
      output: resolve(folder, haproxy.output),
      with: Object.freeze(haproxy.with.map((path) => resolve(folder, path))),
      templates: haproxy.templates === null ? null : resolve(folder, haproxy.templates),
      binary: haproxy.binary.includes('/') ? resolve(folder, haproxy.binary) : haproxy.binary,
    }),
  });
}

function absoluteAuth({ file, group, groupFile }: BasicAuth, folder: string): BasicAuth {
  return Object.freeze({ file: resolve(folder, file), group, groupFile: groupFile === null ? null : resolve(folder, groupFile) });
}
