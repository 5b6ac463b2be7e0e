import { fstatSync } from 'node:fs';
import { messageWithPlace, type Problem, visible } from '../problem/problem.ts';
import type { Level } from '../terminal/messages.ts';

/** The daemon's log: one line an event, on stderr. */
export interface Log {
  readonly error: (event: string, facts?: LogFields) => void;
  readonly warn: (event: string, facts?: LogFields) => void;
  readonly info: (event: string, facts?: LogFields) => void;
  readonly debug: (event: string, facts?: LogFields) => void;
  /** A problem as one line: what it says, its hint, and HAProxy's own lines where there are some. */
  readonly problem: (level: 'error' | 'warn', problem: Problem, facts?: LogFields) => void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface LogOptions {
  readonly level: Level;
  readonly format: 'text' | 'json';
  /** Whether stderr is the journal: each line then begins with its level, `<3>` to `<7>` (sd-daemon(3)). */
  readonly journal: boolean;
}

const priorities: Readonly<Record<string, string>> = { error: '<3>', warn: '<4>', info: '<6>', debug: '<7>' };
const words: Readonly<Record<string, string>> = { error: 'error: ', warn: 'warning: ', info: '', debug: 'debug: ' };

/** Opens the log. pino is loaded here, because no other command needs it. */
export async function openLog(write: (text: string) => void, { level, format, journal }: LogOptions): Promise<Log> {
  const { pino } = await import('pino');
  const prefix = (at: string) => (journal ? (priorities[at] ?? '') : '');
  const out = (json: string) => {
    const record = JSON.parse(json) as Readonly<Record<string, unknown>> & { readonly level: string };
    write(format === 'json' ? `${prefix(record.level)}${json}` : `${prefix(record.level)}podfront: ${inWords(record)}\n`);
  };
  const options = {
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  const logger = pino(options, { write: out });
  return {
    error: (event, facts = {}) => logger.error(facts, event),
    warn: (event, facts = {}) => logger.warn(facts, event),
    info: (event, facts = {}) => logger.info(facts, event),
    debug: (event, facts = {}) => logger.debug(facts, event),
    problem: (at, problem, facts = {}) => {
      const { code, hint } = problem;
      const said = [messageWithPlace(problem), ...problem.parts.map(messageWithPlace)].join('; ');
      const lines = [...problem.lines, ...problem.parts.flatMap((part) => part.lines)];
      logger[at]({ code, ...facts, ...(hint !== '' && { hint }), ...(lines.length > 0 && { lines: lines.join(' | ') }) }, said);
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

function inWords({ level, time: _, msg, ...facts }: Readonly<Record<string, unknown>> & { readonly level: string }): string {
  const rest = Object.entries(facts).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`,
  );
  return visible(`${words[level] ?? ''}${msg}${rest.join('')}`);
}
