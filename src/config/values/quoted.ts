import { type Problem, problem } from '../../problem/problem.ts';

/** Quotes a value of the user for a message, shortened to a readable length. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** The problem that `got` is not a valid `what`. */
export const invalidValue = (got: string, what: string, hint: string): Problem => problem('config.value', { got: quote(got), what, hint });
