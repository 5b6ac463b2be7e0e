import type { Pace } from '../config/config.ts';

/** The times of the first and the last change since the last reconciliation. */
export interface SettleWindow {
  readonly first: number;
  readonly last: number;
}

/** The window with one more change. */
export function extendWindow(window: SettleWindow | null, now: number): SettleWindow {
  return { first: window?.first ?? now, last: now };
}

/** The time to act: `min` after the last change, but at most `max` after the first. */
export function settledAt({ first, last }: SettleWindow, { min, max }: Pace['settle']): number {
  return Math.min(last + min, first + max);
}
