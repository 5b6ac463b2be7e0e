import type { HaproxyTimeouts } from '../../system/process.ts';

/** Far above what was ever measured: what takes longer does not come to an end. */
export const defaultHaproxyTimeouts: HaproxyTimeouts = { check: 60_000, reload: 90_000, verify: 10_000 };
