import type { Pace } from '../config/config.ts';

/** Changes that nothing was done about yet: when the first and the last of them came. */
export interface Waiting {
  readonly first: number;
  readonly last: number;
}

/** Notes a change. */
export function waitingSince(waiting: Waiting | null, now: number): Waiting {
  return { first: waiting?.first ?? now, last: now };
}

/** When to act: after `min` of quiet, at the latest `max` after the first change. */
export function settledAt({ first, last }: Waiting, { min, max }: Pace['settle']): number {
  return Math.min(last + min, first + max);
}
