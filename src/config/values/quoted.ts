import { type Problem, problem } from '../../problem/problem.ts';

/** Quotes a value of the user's for a message, cut to a readable length. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** `got` is no `what`, with the hint. */
export const invalidValue = (got: string, what: string, hint: string): Problem => problem('config.value', { got: quote(got), what, hint });
