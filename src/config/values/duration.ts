import { problem } from '../../problem/problem.ts';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** The form of a duration, for the JSON Schema. */
export const durationPattern = '^(0|[1-9][0-9]{0,8})(ms|s|m|h)$';

/** Parses `200ms`, `1s`, `5m` or `1h` as milliseconds; the two bounds are written in the same form. Throws config.duration. */
export function parseDuration(text: string, least: string, max: string): number {
  const ms = parseMilliseconds(text);
  if (ms === null || ms < (parseMilliseconds(least) ?? 0) || ms > (parseMilliseconds(max) ?? 0)) {
    throw problem('config.duration', { got: JSON.stringify(text), least, most: max });
  }
  return ms;
}

/** The milliseconds of a duration; null when the text is not one. */
export function parseMilliseconds(text: string): number | null {
  const match = new RegExp(durationPattern).exec(text);
  return match === null ? null : Number(match[1]) * units[match[2] as keyof typeof units];
}
