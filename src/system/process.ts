/** The environment variables of a process. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The process as the commands use it: main.ts makes the real one, tests make their own. */
export interface Io {
  /** The arguments after the program name. */
  readonly argv: readonly string[];
  readonly env: Env;
  readonly cwd: string;
  /** The folder of the package, which holds templates/ and package.json; it ends with a slash. */
  readonly root: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Reads standard input to its end as UTF-8. */
  readonly stdin: () => Promise<string>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly pid: number;
  /** Calls the listener on each SIGHUP, which otherwise ends the process. */
  readonly onHangup: (listener: () => void) => void;
  /** Sends a signal to another process, or with 0 checks whether that is permitted; throws the error of kill(2). */
  readonly kill: (pid: number, signal: NodeJS.Signals | 0) => void;
  /** The time limits for HAProxy. */
  readonly timeouts: HaproxyTimeouts;
}

/** A stream for output. */
export interface Sink {
  readonly write: (text: string) => void;
  /** Whether the descriptor was closed when podfront started. */
  readonly closed?: boolean;
  readonly isTTY: boolean;
  /** The width of the terminal in columns. */
  readonly columns: number;
}

/** The time limits for HAProxy, in milliseconds. */
export interface HaproxyTimeouts {
  /** For `haproxy -c`, which takes 1.2 s for 10,000 slots in one listen. */
  readonly check: number;
  /** For the reload command: `systemctl reload` and the master's `reload` wait until HAProxy has read its files. */
  readonly reload: number;
  /** For the new worker to appear, in addition to four times the time for reading the file. */
  readonly verify: number;
}
