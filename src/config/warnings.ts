import { type Problem, problemWith } from '../problem/problem.ts';
import type { Config } from './config.ts';

/** Warnings about a valid configuration. */
export function configWarnings({ file, status }: Config): readonly Problem[] {
  if (status === null || status.kind === 'unix' || status.address.value !== 0n) return [];
  return [problemWith({ at: { file, path: 'status' } }, 'config.open-status', { port: status.port })];
}
