import { link, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { containsSecrets } from '../../haproxy-syntax/secrets.ts';
import { Problem } from '../../problem/problem.ts';
import { followLinks } from '../../system/follow-links.ts';
import { readOutput, readOwnFile } from '../../system/read-file.ts';
import { writeCandidate } from '../../system/write-file.ts';
import { bootId, type Process, processOf } from './proc.ts';

/**
 * The journal: files beside the output that outlive the daemon, so that the next one neither reloads needlessly nor forgets a reload that
 * is due. They are the reload digest that the current worker runs and, during a change, the last good file. On a full or read-only disk
 * the record is lost, and writing the output reports the fault.
 */
export interface Journal {
  /** The digest recorded for this worker; null when another worker, or none, is recorded. See `unknownWorker`. */
  readonly digestOf: (worker: Process) => Promise<string | null>;
  /** The recorded worker, while it lives. */
  readonly recordedWorker: () => Promise<Process | null>;
  /** Records the digest that a worker runs, where that is possible. */
  readonly record: (worker: Process, digest: string) => Promise<void>;
  /** Saves the current file as the last good one, under a name without `.cfg`, so that HAProxy does not load it from the folder. */
  readonly saveLastGood: () => Promise<void>;
  /** The last good file during a change; null when none was saved. */
  readonly lastGood: () => Promise<string | null>;
  /** The time at which the output was installed, in milliseconds since 1970; null when there is none. */
  readonly installedAt: () => Promise<number | null>;
  /** Puts the last good file back. */
  readonly restoreLastGood: () => Promise<void>;
  /** Removes candidates of daemons that were killed, where that is possible. Only for the daemon that holds the lock. */
  readonly removeCandidates: () => Promise<void>;
  /** Ends a change: the output is now the last good file, and the copy of the earlier one is removed where that is possible. */
  readonly discardLastGood: () => Promise<void>;
}

/** The worker of a HAProxy that cannot be inspected. */
export const unknownWorker: Process = { pid: 0, start: 0 };

interface JournalRecord {
  readonly boot: string;
  readonly pid: number;
  readonly start: number;
  /** The digest; the file has it under this name. */
  readonly runs: string;
}

/** The largest record, in bytes. */
const maxRecordBytes = 4_096;

/** The journal of an output, in the folder of that file. */
export function journalOf(output: string): Journal {
  const paths = async () => {
    const target = await followLinks(output).catch((error: unknown) => {
      if (error instanceof Problem) throw error;
      return output;
    });
    const beside = (ending: string) => join(dirname(target), `.${basename(target)}.${ending}`);
    return { target, good: beside('good'), record: beside('runs') };
  };
  const recorded = async (): Promise<JournalRecord | null> => {
    // Another user's symlink in its place counts as no record.
    const content = await readOwnFile((await paths()).record, maxRecordBytes).catch(() => null);
    const record = content?.kind === 'content' ? parseRecord(content.bytes.toString('utf8')) : null;
    return record !== null && record.boot === (await bootId()) ? record : null;
  };

  return {
    async digestOf({ pid, start }) {
      const record = await recorded();
      if (record === null || (pid !== 0 && start === 0) || record.pid !== pid || record.start !== start) return null;
      return record.runs;
    },
    async recordedWorker() {
      const record = await recorded();
      if (record === null || record.pid === 0) return null;
      const process = await processOf(record.pid);
      return process?.start === record.start ? process : null;
    },
    async record({ pid, start }, runs) {
      const record: JournalRecord = { boot: await bootId(), pid, start, runs };
      const file = (await paths()).record;
      const write = async () => (await writeCandidate(file, `${JSON.stringify(record)}\n`)).commit();
      // The folder is podfront's, so a file of another user or kind under this name may be removed.
      const replace = async () => {
        await rm(file, { force: true });
        await write();
      };
      await write()
        .catch(replace)
        .catch(() => {});
    },
    async saveLastGood() {
      const { target, good } = await paths();
      await rm(good, { force: true });
      try {
        await link(target, good);
      } catch (error) {
        // Another user's file may not be linked where fs.protected_hardlinks is set (proc_sys_fs(5)); some file systems have no links.
        ignoreMissing(error as NodeJS.ErrnoException, 'EPERM', 'EOPNOTSUPP', 'EMLINK');
        await saveCopy(target, good);
      }
    },
    lastGood: async () => readOutput((await paths()).good),
    async installedAt() {
      // Not the time of modification: a candidate is written, then checked, then renamed, and rename(2) sets this one.
      const { ctimeMs } = (await stat((await paths()).target).catch((error) => ignoreMissing(error))) ?? {};
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
      const candidates = names.filter((name) => ours(name) && /\.[0-9a-f]{12}\.podfront$/.test(name));
      await Promise.all(candidates.map((name) => rm(join(folder, name), { force: true }).catch(() => {})));
    },
    async discardLastGood() {
      await unlink((await paths()).good).catch(() => {});
    },
  };
}

/** Reads a record; null for any other content. podfront wrote the file, but it is input all the same. */
function parseRecord(text: string): JournalRecord | null {
  try {
    const { boot, pid, start, runs } = JSON.parse(text) as Partial<JournalRecord>;
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

async function saveCopy(target: string, good: string): Promise<void> {
  const text = await readOutput(target);
  if (text === null) return;
  const candidate = await writeCandidate(good, text, { secret: containsSecrets(text) });
  await candidate.commit();
}

function ignoreMissing(error: NodeJS.ErrnoException, ...codes: readonly string[]): null {
  if (error.code !== 'ENOENT' && !codes.includes(error.code ?? '')) throw error;
  return null;
}
