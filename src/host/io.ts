import type { Limits } from '../haproxy/limits.ts';

/** The process as commands see it: main.ts makes the real one, tests may make their own. */
export interface Io {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Folder of the package: templates/ and package.json are there. Ends with a slash. */
  readonly root: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Reads standard input to its end as UTF-8. */
  readonly stdin: () => Promise<string>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly pid: number;
  /** Calls the listener at each SIGHUP, which would end the process otherwise. */
  readonly onHangup: (listener: () => void) => void;
  /** Sends a signal to another process, or with 0 asks whether it may; throws what kill(2) says. */
  readonly kill: (pid: number, signal: NodeJS.Signals | 0) => void;
  /** How long HAProxy is waited for. */
  readonly limits: Limits;
}

export interface Sink {
  readonly write: (text: string) => void;
  readonly isTTY: boolean;
  /** Width of the terminal in columns. */
  readonly columns: number;
}
