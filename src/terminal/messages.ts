import { messageWithPlace, type Problem, visible } from '../problem/problem.ts';

export type Level = 'error' | 'warn' | 'info' | 'debug';

const levels: readonly Level[] = ['error', 'warn', 'info', 'debug'];

/** The talk on stderr, in one voice: `podfront: error: ...`, then `podfront: hint: ...`. stdout is the product and never used here. */
export interface Messages {
  /** Shows a problem with everything it stands for, its lines and its hint. */
  readonly problem: (problem: Problem) => void;
  /** Shows a problem as a warning: the work went on. */
  readonly warning: (problem: Problem) => void;
  readonly warn: (text: string) => void;
  readonly info: (text: string) => void;
  readonly debug: (text: string) => void;
}

export interface MessageOptions {
  readonly level: Level;
  readonly format: 'text' | 'json';
  readonly colour: boolean;
}

/** A talk that writes whole lines with `write`; under `json` each line is an object with level, msg, and code and hint where there are some. */
export function openMessages(write: (text: string) => void, { level, format, colour }: MessageOptions): Messages {
  const shown = (at: Level) => levels.indexOf(at) <= levels.indexOf(level);
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const tint: Record<Level, number> = { error: 31, warn: 33, info: 32, debug: 2 };
  const word: Record<Level, string> = { error: 'error', warn: 'warning', info: 'info', debug: 'debug' };

  function line(at: Level, text: string): void {
    if (!shown(at)) return;
    if (format === 'json') write(`${JSON.stringify({ level: at, msg: text })}\n`);
    else write(at === 'info' ? `podfront: ${visible(text)}\n` : `podfront: ${paint(tint[at], word[at])}: ${visible(text)}\n`);
  }

  function show(at: Level, problem: Problem): void {
    if (!shown(at)) return;
    for (const part of problem.parts) show(at, part);
    if (format === 'json') {
      const { code, hint, at: place, lines } = problem;
      write(
        `${JSON.stringify({ level: at, msg: messageWithPlace(problem), code, hint, ...(place && { place }), ...(lines.length > 0 && { lines }) })}\n`,
      );
    } else {
      line(at, messageWithPlace(problem));
      for (const detail of problem.lines) write(`    ${visible(detail)}\n`);
      if (problem.hint !== '') write(`podfront: ${paint(36, 'hint')}: ${visible(problem.hint)}\n`);
    }
    if (level === 'debug' && at === 'error' && problem.stack !== undefined) write(`${problem.stack}\n`);
  }

  return {
    problem: (problem) => show('error', problem),
    warning: (problem) => show('warn', problem),
    warn: (text) => line('warn', text),
    info: (text) => line('info', text),
    debug: (text) => line('debug', text),
  };
}
