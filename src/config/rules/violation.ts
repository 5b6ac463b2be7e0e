import { type Problem, problem } from '../../problem/problem.ts';
import type { Path } from '../yaml/path.ts';

/** A violation of a rule between several keys, and the place to show it. */
export interface Violation {
  readonly path: Path;
  readonly part: 'key' | 'value';
  readonly problem: Problem;
}

/** The violation that keys contradict each other; `what` is a sentence. */
export function conflictAt(path: Path, part: Violation['part'], what: string, hint: string): Violation {
  return { path, part, problem: problem('config.conflict', { what, hint }) };
}
