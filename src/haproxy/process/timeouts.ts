import type { Limits } from '../../system/process.ts';

/** Far above what was ever measured: what takes longer does not come to an end. */
export const usualLimits: Limits = { check: 60_000, reload: 90_000, verify: 10_000 };
