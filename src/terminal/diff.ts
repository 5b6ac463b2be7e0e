import { createTwoFilesPatch } from 'diff';

/** The difference as a unified diff, as diff(1) -u and git print it; a file that does not exist yet is /dev/null. */
export function unifiedDiff(file: string, before: string | null, after: string): string {
  const patch = createTwoFilesPatch(before === null ? '/dev/null' : file, file, before ?? '', after, undefined, undefined, { context: 3 });
  return patch.slice(patch.indexOf('--- '));
}
