import { loadConfig } from '../config/load.ts';
import type { Context } from '../context.ts';
import { writeResult } from '../system/output.ts';
import type { ProgramSpec } from './completion/command-spec.ts';
import { completionFor, type Shell } from './completion/script.ts';

/** The options of `podfront completion`. */
export interface CompletionOptions {
  readonly listens?: boolean;
}

/**
 * `podfront completion SHELL`: prints the script with which a shell completes podfront's commands, options and values; with
 * `listens` the names of the listens, which that script asks for.
 */
export async function completion(
  { io, config }: Context,
  shell: Shell,
  { listens = false }: CompletionOptions,
  program: ProgramSpec,
): Promise<number> {
  if (listens) for (const { name } of (await loadConfig(io, config)).config.listens) writeResult(io.stdout, `${name}\n`);
  else writeResult(io.stdout, completionFor(shell, program));
  return 0;
}
