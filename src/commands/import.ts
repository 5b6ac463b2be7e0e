import { dirname, join, relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseConfig } from '../config/parse.ts';
import type { Context } from '../context.ts';
import { renderer } from '../haproxy/file/render.ts';
import { readTemplates } from '../haproxy/load-templates.ts';
import { checkText } from '../haproxy/process/check.ts';
import { installedVersion } from '../haproxy/process/installed-version.ts';
import { assumedVersion, type Version } from '../haproxy-syntax/version.ts';
import { yamlDocument } from '../import/document.ts';
import { type Note, withoutPasswords } from '../import/note.ts';
import { type ImportedFile, readHaproxyFile } from '../import/read-haproxy.ts';
import { usersFileName } from '../import/userlists.ts';
import { type Deviation, deviations } from '../import/verify-round-trip.ts';
import { desiredFile } from '../plan/desired-file.ts';
import { type Place, Problem, problem, problemWith } from '../problem/problem.ts';
import { offlineSource } from '../source/offline.ts';
import { writeNew } from '../system/new-file.ts';
import { writeResult } from '../system/output.ts';
import { readInput } from '../system/read-file.ts';
import { shortList } from '../terminal/short-list.ts';

/** The options of `podfront import`. */
export interface ImportOptions {
  readonly output?: string;
  readonly force?: boolean;
  /** Folder for the users of `userlist` sections. */
  readonly users?: string;
}

/** The number of notes that are printed; the others are only counted. Comments in the result name what was left out of each listen. */
const maxNotes = 1_000;

/** The number of lines of a difference that are printed. */
const maxLines = 200;

/** The largest file that is read, in bytes. */
const maxBytes = 4 * 1024 * 1024;

/**
 * `podfront import FILE`: writes podfront.yaml for a configuration written by hand. The result is rendered, compared with the file, and
 * checked with HAProxy where it is installed.
 * @returns 0, or 1 when something was left out, the comparison finds a difference, or HAProxy refuses the result
 */
export async function importHaproxy(context: Context, file: string, { output, force = false, users }: ImportOptions): Promise<number> {
  const { io, messages } = context;
  const imported = readHaproxyFile(await textOf(context, file), users !== undefined);
  for (const note of imported.notes.slice(0, maxNotes)) report(context, file, note);
  const more = imported.notes.length - maxNotes;
  if (more > 0) messages.warning(problem('import.more-notes', { file, count: more }));
  if (imported.imported.listens.length === 0) throw problem('import.nothing', { file });
  const folder = resolve(io.cwd, users ?? '.');
  const beside = output === undefined || output === '-' ? null : relative(dirname(resolve(io.cwd, output)), folder);
  // A users file beside the configuration is named relative to it, so that both can be moved; any other by its absolute path.
  const usersFile = (list: string) => join(beside === null || beside.startsWith('..') ? folder : beside, usersFileName(list));
  const document = yamlDocument(imported.imported, file, usersFile);
  const difference = await verify(context, imported, document);
  if (output === undefined || output === '-') writeResult(io.stdout, document);
  else {
    await writeNew(resolve(io.cwd, output), output, document, force);
    messages.info(`wrote ${output}`);
  }
  for (const { name, htpasswd } of imported.lists.values()) {
    const path = join(folder, usersFileName(name));
    await writeNew(path, path, htpasswd, force, 0o600);
    messages.info(`wrote ${path}, which only its owner can read: give it to the user that podfront runs as`);
  }
  if (difference !== null) messages.problem(difference);
  else messages.info(`rendered again, ${names(imported)} ${imported.proxies.length === 1 ? 'means' : 'mean'} what ${file} says`);
  return difference !== null || imported.notes.some(({ kind }) => kind === 'left-out') ? 1 : 0;
}

/** The number of listens that are named; the others are only counted. */
const maxNames = 10;

function names({ proxies }: ImportedFile): string {
  const shown = shortList(
    proxies.map(({ name }) => name),
    maxNames,
  );
  return `${proxies.length === 1 ? 'listen' : `${proxies.length} listens:`} ${shown}`;
}

async function textOf({ io }: Context, file: string): Promise<string> {
  const bytes = file === '-' ? Buffer.from(await io.stdin()) : await bytesOf(io, file);
  if (bytes.length > maxBytes) throw problem('import.not-text', { file, why: `it has more than ${maxBytes} bytes` });
  if (bytes.includes(0)) throw problem('import.not-text', { file, why: 'it is binary' });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw problem('import.not-text', { file, why: 'it is not UTF-8' });
  }
}

async function bytesOf({ cwd, signal }: Context['io'], file: string): Promise<Buffer> {
  const content = await readInput(resolve(cwd, file), maxBytes, signal);
  if (content.kind === 'content') return content.bytes;
  throw problem('usage.unreadable', { file, why: content.kind === 'absent' ? 'there is no such file or folder' : content.why });
}

function report({ messages }: Context, file: string, { line, kind, what, text, hint }: Note): void {
  const at: Place = { file, line };
  if (kind === 'left-out') messages.warning(problemWith({ at }, 'import.left-out', { what, why: text, hint }));
  else messages.info(`${file}:${line}: ${text}`);
}

/** Reads the document as podfront does, renders it, compares the result with the file, and lets HAProxy check it. Returns what is wrong. */
async function verify(context: Context, file: ImportedFile, document: string): Promise<Problem | null> {
  const { imported, proxies, lists } = file;
  const { io, messages } = context;
  try {
    const config = parseConfig(document, 'podfront.yaml');
    const observations = await offlineSource.list(config, io.signal);
    const accounts = new Map(
      imported.listens.flatMap(({ name, basicAuth }) =>
        basicAuth === null ? [] : [[name, lists.get(basicAuth.userlist)?.accounts(basicAuth.group) ?? []] as const],
      ),
    );
    const rendered = (version: Version) => {
      const render = renderer(readTemplates(io.root, null), version, accounts);
      return desiredFile({ config, observations, currentFile: null, version, render }).text;
    };
    const text = rendered(assumedVersion);
    const found = deviations(proxies, text, new Map([...lists].map(([name, list]) => [name, list.accounts])));
    if (found.length > 0) {
      const what = found.map(({ listen }) => `listen ${listen}`).join(', ');
      return problemWith({ lines: found.flatMap(linesOf).slice(0, maxLines) }, 'import.not-proven', { what });
    }
    const version = await installedVersion(config.haproxy.binary, io.env, io.signal);
    if (version === null) messages.info('not checked with HAProxy, which is not installed here');
    else await checkText(context, config, isDeepStrictEqual(version, assumedVersion) ? text : rendered(version), null);
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'haproxy.refused') return problemWith({ lines: error.lines.map(withoutPasswords) }, 'import.refused');
    if (/^(haproxy|system)\./.test(error.code)) return problem('import.not-checked', { why: error.message });
    return problemWith({ parts: error.parts }, 'import.not-proven', { what: error.message });
  }
}

/** A difference as lines with - and +. */
function linesOf({ listen, missing, added }: Deviation): readonly string[] {
  return [...missing.map((line) => `listen ${listen}: - ${line}`), ...added.map((line) => `listen ${listen}: + ${line}`)].map(
    withoutPasswords,
  );
}
