import { messageWithPlace, type Problem, visible } from '../problem/problem.ts';
import { hintLine, isShown, jsonLine, type Level, textLine } from './record.ts';

/** The messages of a command on stderr: `podfront: error: ...`, then `podfront: hint: ...`. stdout is only for its result. */
export interface Messages {
  /** Shows a problem with its parts, its lines and its hint. */
  readonly problem: (problem: Problem) => void;
  /** Shows a problem as a warning, after which the command continues. */
  readonly warning: (problem: Problem) => void;
  readonly warn: (text: string) => void;
  readonly info: (text: string) => void;
  readonly debug: (text: string) => void;
}

/** The options of messages. */
export interface MessageOptions {
  readonly level: Level;
  readonly format: 'text' | 'json';
  readonly colour: boolean;
}

/** Opens messages that write whole lines with `write`; under `json` each is an object with level, msg, and code and hint where there are some. */
export function openMessages(write: (text: string) => void, { level, format, colour }: MessageOptions): Messages {
  function show(at: Level, text: string): void {
    if (isShown(at, level)) write(`${format === 'json' ? jsonLine(at, { msg: text }) : textLine(at, text, colour)}\n`);
  }

  function showProblem(at: Level, problem: Problem): void {
    if (!isShown(at, level)) return;
    for (const part of problem.parts) showProblem(at, part);
    const { code, hint, at: place, lines } = problem;
    const msg = messageWithPlace(problem);
    if (format === 'json') write(`${jsonLine(at, { msg, code, hint, ...(place && { place }), ...(lines.length > 0 && { lines }) })}\n`);
    else {
      const details = lines.map((line) => `    ${visible(line)}`);
      write([textLine(at, msg, colour), ...details, ...(hint === '' ? [] : [hintLine(hint, colour)]), ''].join('\n'));
    }
    if (level === 'debug' && at === 'error' && problem.stack !== undefined) write(`${problem.stack}\n`);
  }

  return {
    problem: (problem) => showProblem('error', problem),
    warning: (problem) => showProblem('warn', problem),
    warn: (text) => show('warn', text),
    info: (text) => show('info', text),
    debug: (text) => show('debug', text),
  };
}
