import { fstatSync } from 'node:fs';
import { messageWithPlace, type Problem } from '../problem/problem.ts';
import type { Clock } from '../system/clock.ts';
import { isShown, jsonLine, type Level, textLine } from '../terminal/record.ts';

/** The daemon's log: one line for each event, on stderr. */
export interface Log {
  readonly error: (event: string, fields?: LogFields) => void;
  readonly warn: (event: string, fields?: LogFields) => void;
  readonly info: (event: string, fields?: LogFields) => void;
  readonly debug: (event: string, fields?: LogFields) => void;
  /** Logs a problem as one line: its message, its hint, and HAProxy's own lines where there are some. */
  readonly problem: (level: 'error' | 'warn', problem: Problem, fields?: LogFields) => void;
}

/** Fields of a line. A name has the same type in every line: `listens` is a list of names, `count` a number. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** The options of a log. */
export interface LogOptions {
  readonly level: Level;
  readonly format: 'text' | 'json';
  /** Whether stderr is the journal: each line then begins with its priority, `<3>` to `<7>` (sd-daemon(3)). */
  readonly journal: boolean;
  /** The clock for lines of the format json; the journal dates lines of text itself. */
  readonly clock: Pick<Clock, 'now'>;
}

const priorities: Readonly<Record<Level, string>> = { error: '<3>', warn: '<4>', info: '<6>', debug: '<7>' };

/** The most lines of HAProxy in one line of the log, and the most characters of each and of a message. */
const maxLines = 10;
const maxCharacters = 500;

/** Opens a log that writes whole lines with `write`. */
export function openLog(write: (text: string) => void, { level, format, journal, clock }: LogOptions): Log {
  const log =
    (at: Level) =>
    (event: string, fields: LogFields = {}) => {
      if (!isShown(at, level)) return;
      const msg = shortened(event, 4 * maxCharacters);
      const time = new Date(clock.now()).toISOString();
      const line = format === 'json' ? jsonLine(at, { time, ...fields, msg }) : textLine(at, `${msg}${fieldsText(fields)}`, false);
      write(`${journal ? priorities[at] : ''}${line}\n`);
    };
  return {
    error: log('error'),
    warn: log('warn'),
    info: log('info'),
    debug: log('debug'),
    problem(at, problem, fields = {}) {
      const { code, hint } = problem;
      const message = [messageWithPlace(problem), ...problem.parts.map(messageWithPlace)].join('; ');
      const lines = [...problem.lines, ...problem.parts.flatMap((part) => part.lines)];
      log(at)(message, { code, ...fields, ...(hint !== '' && { hint }), ...(lines.length > 0 && { lines: linesText(lines) }) });
    },
  };
}

/** Whether file descriptor 2 is the journal's stream (systemd.exec(5), JOURNAL_STREAM: device and inode). */
export function isJournal(stream: string | undefined): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

function fieldsText(fields: LogFields): string {
  const words = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' && /[\s"=]/.test(value) ? JSON.stringify(value) : String(value)}`,
  );
  return words.join('');
}

function linesText(lines: readonly string[]): string {
  const shown = lines.slice(0, maxLines).map((line) => shortened(line, maxCharacters));
  return [...shown, ...(lines.length > maxLines ? [`and ${lines.length - maxLines} more lines`] : [])].join(' | ');
}

function shortened(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}...`;
}
