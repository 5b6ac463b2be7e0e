import { type Problem, problem } from '../../problem/problem.ts';

/** Quotes a value of the user's for a message, cut to a readable length. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** `got` is no `what`, with the hint. */
export const invalid = (got: string, what: string, hint: string): Problem => problem('config.value', { got: quoted(got), what, hint });
