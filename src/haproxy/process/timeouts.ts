import type { HaproxyTimeouts } from '../../system/process.ts';

/** The default timeouts in milliseconds, far above all measured durations. */
export const defaultHaproxyTimeouts: HaproxyTimeouts = { check: 60_000, reload: 90_000, verify: 10_000 };
