import { closeSync, constants, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { problem, problemWith } from '../problem/problem.ts';
import type { Io } from '../system/process.ts';
import type { BasicAuth, Config } from './config.ts';
import { parseConfig } from './parse.ts';
import { defaultConfigPaths } from './places.ts';

/** The largest configuration that is read, in bytes. */
const largest = 4 * 1024 * 1024;

/**
 * Finds, reads and validates the configuration: `flag` (`--config`), else `$PODFRONT_CONFIG`, else `./podfront.yaml`, else
 * `/etc/podfront/podfront.yaml`. Throws config.not-found, config.unreadable and config.invalid.
 */
export function loadConfig(io: Pick<Io, 'env' | 'cwd'>, flag: string | undefined): { readonly config: Config; readonly path: string } {
  const found = findConfig(io, flag);
  if (found === null)
    throw problem('config.not-found', {
      tried: `neither ${defaultConfigPaths.map((place) => (place.startsWith('/') ? place : `./${place}`)).join(' nor ')} exists`,
    });
  return { config: withAbsolutePaths(parseConfig(found.text, found.displayName), dirname(found.path)), path: found.path };
}

/**
 * Loads the configuration for check-networks, which needs none: null when none is named and none is in the default places. It
 * may have no listens; `cluster.nameservers` is empty where none is named and the NixOS rule gives none.
 */
export function loadNetworksIfAny(
  io: Pick<Io, 'env' | 'cwd'>,
  flag: string | undefined,
): { readonly config: Config; readonly path: string } | null {
  const found = findConfig(io, flag);
  if (found === null) return null;
  return { config: withAbsolutePaths(parseConfig(found.text, found.displayName, 'networks'), dirname(found.path)), path: found.path };
}

interface ConfigFile {
  readonly path: string;
  /** The path as the user wrote it, for messages. */
  readonly displayName: string;
  readonly text: string;
}

function findConfig({ env, cwd }: Pick<Io, 'env' | 'cwd'>, flag: string | undefined): ConfigFile | null {
  const fromEnv = env.PODFRONT_CONFIG ?? '';
  const asked = flag ?? (fromEnv === '' ? undefined : fromEnv);
  if (asked !== undefined) {
    const path = resolve(cwd, asked);
    const hint = flag === undefined ? 'PODFRONT_CONFIG names it' : '--config names it';
    const text = readText(path, asked, hint);
    if (text === null) throw problem('config.unreadable', { file: asked, why: 'there is no such file', hint });
    return { path, displayName: asked, text };
  }
  for (const place of defaultConfigPaths) {
    const path = resolve(cwd, place);
    const text = readText(path, place, 'check its permissions, or name another with --config');
    if (text !== null) return { path, displayName: place, text };
  }
  return null;
}

/** The file as text; null when it does not exist. */
function readText(path: string, file: string, hint: string): string | null {
  const unreadable = (why: string, what = hint, cause?: unknown) => problemWith({ cause }, 'config.unreadable', { file, why, hint: what });
  let bytes: Buffer;
  try {
    bytes = readBounded(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'EISDIR') throw unreadable('it is a folder', 'name the file in it, such as podfront.yaml', error);
    throw unreadable(reasons[code ?? ''] ?? code ?? String(error), hint, error);
  }
  if (bytes.length > largest) throw unreadable(`it has more than ${largest} bytes`, 'is it the right file?');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable('it is not UTF-8', 'save it as UTF-8; is it the right file?');
  }
}

/** Reads to the end or a byte beyond what is allowed: a pipe and a device have no size to ask for. */
function readBounded(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const parts: Buffer[] = [];
    for (let size = 0; size <= largest; ) {
      const part = Buffer.alloc(Math.min(64 * 1024, largest + 1 - size));
      const read = readSync(fd, part);
      if (read === 0) break;
      parts.push(part.subarray(0, read));
      size += read;
    }
    return Buffer.concat(parts);
  } finally {
    closeSync(fd);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ELOOP: 'its symlinks go in a circle',
  ENAMETOOLONG: 'its name is too long',
  ERR_INVALID_ARG_VALUE: 'no file can have this name',
};

/** Resolves the paths relative to the folder of the configuration. A bare program name is left for PATH. */
function withAbsolutePaths(config: Config, folder: string): Config {
  const { haproxy, listens } = config;
  return Object.freeze({
    ...config,
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
