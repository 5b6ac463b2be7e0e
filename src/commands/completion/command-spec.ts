/** An option as it is typed. */
export interface OptionSpec {
  /** `-V`; null without one. */
  readonly short: string | null;
  /** `--version`. */
  readonly long: string;
  /** What stands behind it, as the help shows it: `file`, `cidr...`; null where nothing does. */
  readonly value: string | null;
  readonly choices: readonly string[];
  readonly about: string;
  /** Null where there is none worth saying. */
  readonly fallback: string | null;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly choices: readonly string[];
}

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

/** What a shell may propose for a value: of a name such as `file.svg` files, of `dir` folders, of `listen` those of the configuration, of anything else nothing. */
export function completionKind(value: string): 'files' | 'folders' | 'listens' | 'nothing' {
  if (/^(file|output)\b/.test(value)) return 'files';
  if (value === 'listen') return 'listens';
  return value === 'dir' || value === 'folder' ? 'folders' : 'nothing';
}
