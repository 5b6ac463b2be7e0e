import type { Io } from './system/process.ts';
import type { Level, Messages } from './terminal/messages.ts';

/** What every command gets: the process, the voice, and the options that stand before the command's name. */
export interface Context {
  readonly io: Io;
  readonly messages: Messages;
  /** How `watch` shall log. */
  readonly logging: { readonly level: Level; readonly format: 'text' | 'json' };
  /** `--config`, undefined when it was not given. */
  readonly config: string | undefined;
  /** Whether stdout may be coloured. */
  readonly colour: boolean;
}
