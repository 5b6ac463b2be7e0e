import type { Pace } from '../config/config.ts';

/** Changes that nothing was done about yet: when the first and the last of them came. */
export interface SettleWindow {
  readonly first: number;
  readonly last: number;
}

/** Notes a change. */
export function extendWindow(waiting: SettleWindow | null, now: number): SettleWindow {
  return { first: waiting?.first ?? now, last: now };
}

/** When to act: after `min` of quiet, at the latest `max` after the first change. */
export function settledAt({ first, last }: SettleWindow, { min, max }: Pace['settle']): number {
  return Math.min(last + min, first + max);
}
