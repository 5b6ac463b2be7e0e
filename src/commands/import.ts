import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parseConfig } from '../config/parse.ts';
import type { Context } from '../context.ts';
import { renderer } from '../haproxy/file/render.ts';
import { readTemplates } from '../haproxy/load-templates.ts';
import { assumedVersion } from '../haproxy-syntax/version.ts';
import { documentOf } from '../import/document.ts';
import { type Note, withoutPasswords } from '../import/note.ts';
import { type ImportedFile, readHaproxyFile } from '../import/read-haproxy.ts';
import { usersFileName } from '../import/userlists.ts';
import { type Deviation, deviations } from '../import/verify-round-trip.ts';
import { systemErrorText } from '../networks/read/files.ts';
import { desiredFile } from '../plan/desired-file.ts';
import { type Place, Problem, problem, problemWith } from '../problem/problem.ts';
import { observeOffline } from '../source/dns/discover.ts';
import { writeNew } from '../system/new-file.ts';
import { writeResult } from '../system/output.ts';

export interface ImportOptions {
  readonly output?: string;
  readonly force?: boolean;
  /** Folder for the users of `userlist` sections. */
  readonly users?: string;
}

/** More than HAProxy's own files have. */
const largest = 4 * 1024 * 1024;

/**
 * `podfront import FILE`: podfront.yaml for a configuration written by hand. What it writes is rendered again and compared
 * with what it read.
 * @returns 0, or 1 when something was left out or comes out otherwise
 */
export async function importHaproxy(context: Context, file: string, { output, force = false, users }: ImportOptions): Promise<number> {
  const { io, messages } = context;
  const taken = readHaproxyFile(await textOf(context, file), users !== undefined);
  for (const note of taken.notes) say(context, file, note);
  if (taken.imported.listens.length === 0) throw problem('import.nothing', { file });
  const folder = resolve(io.cwd, users ?? '.');
  const beside = output === undefined || output === '-' ? null : relative(dirname(resolve(io.cwd, output)), folder);
  // Beside the configuration by its name, so that both can be moved; elsewhere by its whole path.
  const usersFile = (list: string) => join(beside === null || beside.startsWith('..') ? folder : beside, usersFileName(list));
  const document = documentOf(taken.imported, file, usersFile);
  const doubt = prove(context, taken, document);
  if (output === undefined || output === '-') writeResult(io.stdout, document);
  else {
    await writeNew(resolve(io.cwd, output), output, document, force);
    messages.info(`wrote ${output}`);
  }
  for (const { name, htpasswd } of taken.lists.values()) {
    const path = join(folder, usersFileName(name));
    await writeNew(path, path, htpasswd, force, 0o600);
    messages.info(`wrote ${path}, which only its owner can read: give it to the user that podfront runs as`);
  }
  if (doubt !== null) messages.problem(doubt);
  else messages.info(`rendered again, ${names(taken)} ${taken.proxies.length === 1 ? 'means' : 'mean'} what ${file} says`);
  return doubt !== null || taken.notes.some(({ kind }) => kind === 'left-out') ? 1 : 0;
}

function names({ proxies }: ImportedFile): string {
  return `${proxies.length === 1 ? 'listen' : `${proxies.length} listens:`} ${proxies.map(({ name }) => name).join(', ')}`;
}

async function textOf({ io }: Context, file: string): Promise<string> {
  const unreadable = (code: string) => problem('usage.unreadable', { file, why: systemErrorText(code) });
  const bytes =
    file === '-'
      ? Buffer.from(await io.stdin())
      : await readBounded(resolve(io.cwd, file)).catch((error: NodeJS.ErrnoException) => {
          if (error instanceof Problem) throw error;
          throw unreadable(error.code ?? error.message);
        });
  if (bytes === null || bytes.length > largest) throw problem('import.not-text', { file, why: `it has more than ${largest} bytes` });
  if (bytes.includes(0)) throw problem('import.not-text', { file, why: 'it is binary' });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw problem('import.not-text', { file, why: 'it is not UTF-8' });
  }
}

/** Null for more than is allowed. */
async function readBounded(path: string): Promise<Buffer | null> {
  const { size } = await stat(path);
  return size > largest ? null : readFile(path);
}

function say({ messages }: Context, file: string, { line, kind, what, text, hint }: Note): void {
  const at: Place = { file, line };
  if (kind === 'left-out') messages.warning(problemWith({ at }, 'import.left-out', { what, why: text, hint }));
  else messages.info(`${file}:${line}: ${text}`);
}

/** Reads what was written as podfront does, renders it, and compares. Null when it means the same. */
function prove({ io }: Context, { imported, proxies, lists }: ImportedFile, document: string): Problem | null {
  try {
    const config = parseConfig(document, 'podfront.yaml');
    const observations = observeOffline(config, config.listens);
    const accounts = new Map(
      imported.listens.flatMap(({ name, basicAuth }) =>
        basicAuth === null ? [] : [[name, lists.get(basicAuth.list)?.accounts(basicAuth.group) ?? []] as const],
      ),
    );
    const render = renderer(readTemplates(io.root, null), assumedVersion, accounts);
    const { text } = desiredFile({ config, observations, currentFile: null, version: assumedVersion, render });
    const found = deviations(proxies, text, new Map([...lists].map(([name, list]) => [name, list.accounts])));
    return found.length === 0
      ? null
      : problemWith({ lines: found.flatMap(shown) }, 'import.not-proven', {
          what: found.map(({ listen }) => `listen ${listen}`).join(', '),
        });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return problemWith({ parts: error.parts }, 'import.not-proven', { what: error.message });
  }
}

function shown({ listen, missing, added }: Deviation): readonly string[] {
  return [...missing.map((line) => `listen ${listen}: - ${line}`), ...added.map((line) => `listen ${listen}: + ${line}`)].map(
    withoutPasswords,
  );
}
