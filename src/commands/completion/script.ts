import { bashScript } from './bash.ts';
import type { ProgramSpec } from './command-spec.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

/** The completion script for a shell. */
export function completionFor(shell: Shell, outline: ProgramSpec): string {
  switch (shell) {
    case 'bash':
      return bashScript(outline);
    case 'zsh':
      return zshScript(outline);
    case 'fish':
      return fishScript(outline);
    default:
      return shell satisfies never;
  }
}
