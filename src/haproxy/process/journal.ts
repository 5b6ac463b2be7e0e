import { link, open, readdir, readFile, realpath, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { holdsSecrets } from '../../haproxy-syntax/secrets.ts';
import { stage } from '../../system/write-file.ts';
import { bootId, type Process, processOf } from './proc.ts';

/**
 * What outlives the daemon beside its output, so that the next one neither reloads needlessly nor forgets a reload that is owed:
 * which shape the current worker runs, and, while a change is under way, the last good file. A disk that is full or read-only
 * costs that memory, and is told where the output itself is to be written.
 */
export interface Journal {
  /** The shape that this worker was last seen running; null when it is another worker, or nothing is known. See `unseenWorker`. */
  readonly digestOf: (worker: Process) => Promise<string | null>;
  /** The worker that was noted last, while it lives. */
  readonly recordedWorker: () => Promise<Process | null>;
  /** Notes what the worker runs, where that is possible. */
  readonly record: (worker: Process, shape: string) => Promise<void>;
  /** Keeps the file that is as the last good one; its name is no `.cfg` that HAProxy would load from the folder. */
  readonly keepLastGood: () => Promise<void>;
  /** The last good file, while a change is under way; null when none is. */
  readonly lastGood: () => Promise<string | null>;
  /** When the output was put in place, in milliseconds since 1970; null when there is none. */
  readonly installedAt: () => Promise<number | null>;
  /** Puts the last good file back. */
  readonly restoreLastGood: () => Promise<void>;
  /** Removes candidates that killed daemons left behind, where that is possible. Only for the one that holds the lock. */
  readonly removeCandidates: () => Promise<void>;
  /** The change is done: the last good file is the one in place, and its copy is removed where that is possible. */
  readonly discardLastGood: () => Promise<void>;
}

/** Stands for the worker where none can be seen. */
export const unknownWorker: Process = { pid: 0, start: 0 };

interface Note {
  readonly boot: string;
  readonly pid: number;
  readonly start: number;
  readonly runs: string;
}

/** The journal of an output file, in the folder of the file itself. */
export function journalOf(output: string): Journal {
  const paths = async () => {
    const target = await realpath(output).catch(() => output);
    const beside = (ending: string) => join(dirname(target), `.${basename(target)}.${ending}`);
    return { target, good: beside('good'), note: beside('runs') };
  };

  return {
    async digestOf({ pid, start }) {
      const note = parseNote(await readFile((await paths()).note, 'utf8').catch(() => ''));
      if (note === null || (pid !== 0 && start === 0) || note.pid !== pid || note.start !== start || note.boot !== (await bootId()))
        return null;
      return note.runs;
    },
    async recordedWorker() {
      const note = parseNote(await readFile((await paths()).note, 'utf8').catch(() => ''));
      if (note === null || note.pid === 0) return null;
      const now = await processOf(note.pid);
      return now?.start === note.start && note.boot === (await bootId()) ? now : null;
    },
    async record({ pid, start }, runs) {
      const note: Note = { boot: await bootId(), pid, start, runs };
      const file = (await paths()).note;
      const write = async () => (await stage(file, `${JSON.stringify(note)}\n`)).commit();
      // One that another user left here is nobody's but ours to replace.
      const again = async () => {
        await rm(file, { force: true });
        await write();
      };
      await write()
        .catch(again)
        .catch(() => {});
    },
    async keepLastGood() {
      const { target, good } = await paths();
      await rm(good, { force: true });
      try {
        await link(target, good);
      } catch (error) {
        // Another user's file may not be linked where fs.protected_hardlinks is set (proc_sys_fs(5)); some file systems have no links.
        ifMissing(error as NodeJS.ErrnoException, 'EPERM', 'EOPNOTSUPP', 'EMLINK');
        await keepCopy(target, good);
      }
    },
    lastGood: async () => readFile((await paths()).good, 'utf8').catch((error) => ifMissing(error)),
    async installedAt() {
      // Not the time of modification: a candidate is written, then checked, then renamed, and rename(2) sets this one.
      const { ctimeMs } = (await stat((await paths()).target).catch((error) => ifMissing(error))) ?? {};
      return ctimeMs ?? null;
    },
    async restoreLastGood() {
      const { target, good } = await paths();
      await rename(good, target);
      await syncFolder(target);
    },
    async removeCandidates() {
      const { target } = await paths();
      const folder = dirname(target);
      const ours = (name: string) => name.startsWith(`.${basename(target)}.`) || name.startsWith(`..${basename(target)}.`);
      const names = await readdir(folder).catch(() => []);
      const left = names.filter((name) => ours(name) && /\.[0-9a-f]{12}\.podfront$/.test(name));
      await Promise.all(left.map((name) => rm(join(folder, name), { force: true }).catch(() => {})));
    },
    async discardLastGood() {
      await unlink((await paths()).good).catch(() => {});
    },
  };
}

/** A file of our own, and yet input: whatever it holds. */
function parseNote(text: string): Note | null {
  try {
    const { boot, pid, start, runs } = JSON.parse(text) as Partial<Note>;
    if (typeof boot !== 'string' || typeof runs !== 'string' || !Number.isInteger(pid) || !Number.isInteger(start)) return null;
    return { boot, pid: pid as number, start: start as number, runs };
  } catch {
    return null;
  }
}

async function syncFolder(file: string): Promise<void> {
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function keepCopy(target: string, good: string): Promise<void> {
  const text = await readFile(target, 'utf8').catch((error) => ifMissing(error));
  if (text === null) return;
  const staged = await stage(good, text, { secret: holdsSecrets(text) });
  await staged.commit();
}

function ifMissing(error: NodeJS.ErrnoException, ...codes: readonly string[]): null {
  if (error.code !== 'ENOENT' && !codes.includes(error.code ?? '')) throw error;
  return null;
}
