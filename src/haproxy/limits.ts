/** How long may take what podfront asks of HAProxy, in milliseconds. */
export interface Limits {
  /** `haproxy -c`, which takes 1.2 s for 10,000 slots in one listen. */
  readonly check: number;
  /** Telling it to reload: `systemctl reload` and the master's `reload` wait until it has read its files. */
  readonly reload: number;
  /** Until a new worker is seen, beyond four times what reading the file took. */
  readonly verify: number;
}

/** Far above what was ever measured: what takes longer does not come to an end. */
export const usualLimits: Limits = { check: 60_000, reload: 90_000, verify: 10_000 };
