/** The files that HAProxy was started with, from its command line. */
export interface HaproxyArguments {
  /** Files and folders in the order they are loaded. */
  readonly files: readonly string[];
  /** The argument of `-C`, the base of relative paths; null for the working directory of the process. */
  readonly folder: string | null;
}

/** Options that take a value (HAProxy management guide 3; `-sf` and `-st` take all words up to the next option). */
const withValue = new Set(['-n', '-m', '-N', '-L', '-p', '-x', '-S']);

/**
 * Reads the NUL-separated command line of /proc/PID/cmdline (proc(5)).
 * A master that has reloaded puts `-sf PIDS -x FD` before its own arguments.
 */
export function parseCommandLine(cmdline: string): HaproxyArguments {
  const words = cmdline.split('\0').slice(1);
  if (words.at(-1) === '') words.pop();
  const files: string[] = [];
  let folder: string | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return { files: [...files, ...words.slice(at + 1)], folder };
    if (word === '-f') files.push(words[++at] ?? '');
    else if (word === '-C') folder = words[++at] ?? null;
    else if (withValue.has(word)) at++;
    else if (word === '-sf' || word === '-st') while (/^\d+$/.test(words[at + 1] ?? '')) at++;
    // A word that is not an option is a file (management guide 3).
    else if (!word.startsWith('-')) files.push(word);
  }
  return { files: files.filter((file) => file !== ''), folder };
}
