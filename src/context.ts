import type { Io } from './system/process.ts';
import type { Messages } from './terminal/messages.ts';
import type { Level } from './terminal/record.ts';

/** The context of every command: the process, the messages, and the options that stand before the command name. */
export interface Context {
  readonly io: Io;
  readonly messages: Messages;
  /** The log settings of `watch`. */
  readonly logging: { readonly level: Level; readonly format: 'text' | 'json' };
  /** `--config`, undefined when it was not given. */
  readonly config: string | undefined;
  /** Whether stdout may be coloured. */
  readonly colour: boolean;
}
