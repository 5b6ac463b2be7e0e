// What is packaged: the version of package.json, and the date that all files of a package have.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';

/** The folder of the sources. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** package.json, parsed. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * The date of the sources, in seconds since 1970: SOURCE_DATE_EPOCH (reproducible-builds.org) where it is set, else the date of the last
 * commit, else, in a tree without git, that of the newest release in CHANGELOG.md.
 */
export function sourceDate() {
  const given = env.SOURCE_DATE_EPOCH ?? '';
  if (given !== '') {
    if (!/^\d{1,10}$/.test(given)) throw new Error(`SOURCE_DATE_EPOCH is ${given}, and has to be a number of seconds`);
    return Number(given);
  }
  const last = git('log', '-1', '--format=%ct');
  if (last !== null) return Number(last);
  const released = releases()[0]?.date;
  if (released === undefined) throw new Error('neither git nor CHANGELOG.md tells a date: set SOURCE_DATE_EPOCH');
  return Date.parse(`${released}T00:00:00Z`) / 1000;
}

/** The last commit, and whether files of the tree differ from it; both null in a tree without git. */
export function sourceCommit() {
  const commit = git('rev-parse', 'HEAD');
  return { commit, changed: commit === null ? null : git('status', '--porcelain') !== '' };
}

/** What git says in the sources, or null where they are no work tree of their own. */
function git(...args) {
  const ask = (...words) => spawnSync('git', words, { cwd: root, encoding: 'utf8' });
  if (ask('rev-parse', '--show-prefix').stdout?.trim() !== '') return null;
  const { status, stdout } = ask(...args);
  return status === 0 ? stdout.trim() : null;
}

/** The releases of CHANGELOG.md, newest first: {version, date, text}; the date as YYYY-MM-DD. */
export function releases(text = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')) {
  const parts = text.split(/^## /m).slice(1);
  return parts.flatMap((part) => {
    const [, version, date] = /^\[([^\]]+)\] - (\d{4}-\d\d-\d\d)$/m.exec(part) ?? [];
    return version === undefined ? [] : [{ version, date, text: part.slice(part.indexOf('\n') + 1).trim() }];
  });
}
