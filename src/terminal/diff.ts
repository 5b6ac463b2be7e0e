import { createTwoFilesPatch } from 'diff';

/** The unified diff of two texts, as diff -u and git print it; `before` is null for a file that does not exist, shown as /dev/null. */
export function unifiedDiff(file: string, before: string | null, after: string): string {
  const patch = createTwoFilesPatch(before === null ? '/dev/null' : file, file, before ?? '', after, undefined, undefined, { context: 3 });
  return patch.slice(patch.indexOf('--- '));
}
