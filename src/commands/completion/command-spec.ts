/** An option as it is typed. */
export interface OptionSpec {
  /** `-V`; null without one. */
  readonly short: string | null;
  /** `--version`. */
  readonly long: string;
  /** Its value as the help shows it: `file`, `cidr...`; null for an option without one. */
  readonly value: string | null;
  readonly choices: readonly string[];
  readonly about: string;
  /** The default; null where the help shows none. */
  readonly fallback: string | null;
}

/** An argument of a command. */
export interface ArgumentSpec {
  readonly name: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly choices: readonly string[];
}

/** A command as it is typed. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
}

/** The command line as data: what completion scripts and the manual page are made from. */
export interface ProgramSpec {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly options: readonly OptionSpec[];
  readonly commands: readonly CommandSpec[];
}

/** What a shell completes for a value of this name: files for a name such as `file.svg`, folders for `dir`, the listens of the configuration for `listen`. */
export function completionKind(value: string): 'files' | 'folders' | 'listens' | 'nothing' {
  if (/^(file|output)\b/.test(value)) return 'files';
  if (value === 'listen') return 'listens';
  return value === 'dir' || value === 'folder' ? 'folders' : 'nothing';
}
