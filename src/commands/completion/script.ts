import { bashScript } from './bash.ts';
import type { ProgramSpec } from './command-spec.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

/** A shell that has a completion script. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** The completion script for a shell. */
export function completionFor(shell: Shell, program: ProgramSpec): string {
  switch (shell) {
    case 'bash':
      return bashScript(program);
    case 'zsh':
      return zshScript(program);
    case 'fish':
      return fishScript(program);
    default:
      return shell satisfies never;
  }
}
