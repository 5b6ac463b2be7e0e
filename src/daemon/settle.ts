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

/**
 * The longest wait for a change of Services, in milliseconds, where `pace.settle.max` is longer. While a thousand of them are created, which
 * takes seconds, the first are served at once, and the others with the next reload: waiting longer for the first reload delays the next one too.
 */
const longestForServices = 1_000;

/** The window with one more change, of Services. */
export function extendForServices(window: SettleWindow | null, { max }: Pace['settle'], now: number): SettleWindow {
  const { first, last } = extendWindow(window, now);
  return { first: Math.min(first, now - Math.max(0, max - longestForServices)), last };
}
