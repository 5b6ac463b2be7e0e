import { statSync } from 'node:fs';

/** The files and folders among these that are not there, or are empty files. */
export function notMade(paths) {
  return paths.filter((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined || (stats.isFile() && stats.size === 0);
  });
}

/** Throws when a step ended without what it is there to make. */
export function requireMade(step, ...paths) {
  const missing = notMade(paths);
  if (missing.length > 0) throw new Error(`${step} ended well, but ${missing.join(', ')} is not there`);
}
