import { problem } from '../../problem/problem.ts';

/** The form of a share, for the JSON Schema. */
export const sharePattern = '^(none|(100|[1-9]?[0-9])%)$';

/** Parses `50%` as 0.5, and `none` as null. Throws config.value. */
export function parseShare(text: string): number | null {
  if (!new RegExp(sharePattern).test(text))
    throw problem('config.value', {
      got: JSON.stringify(text),
      what: 'share',
      hint: 'write a percentage from 0% to 100%, such as 50%, or none',
    });
  return text === 'none' ? null : Number(text.slice(0, -1)) / 100;
}
