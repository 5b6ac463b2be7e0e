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
  readonly timeouts: HaproxyTimeouts;
}

export interface Sink {
  readonly write: (text: string) => void;
  readonly isTTY: boolean;
  /** Width of the terminal in columns. */
  readonly columns: number;
}

/** How long may take what podfront asks of HAProxy, in milliseconds. */
export interface HaproxyTimeouts {
  /** `haproxy -c`, which takes 1.2 s for 10,000 slots in one listen. */
  readonly check: number;
  /** Telling it to reload: `systemctl reload` and the master's `reload` wait until it has read its files. */
  readonly reload: number;
  /** Until a new worker is seen, beyond four times what reading the file took. */
  readonly verify: number;
}
