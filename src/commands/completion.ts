import type { Context } from '../cli.ts';
import { completionFor, type Shell } from '../core/completion/shell.ts';
import type { Outline } from '../core/outline.ts';

/** `podfront completion SHELL`: the script that makes a shell complete podfront's commands, options and values. */
export async function completion({ io }: Context, shell: Shell, outline: Outline): Promise<number> {
  io.stdout.write(completionFor(shell, outline));
  return 0;
}
