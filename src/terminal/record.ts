import { visible } from '../problem/problem.ts';

/** The severity of a message. */
export type Level = 'error' | 'warn' | 'info' | 'debug';

/** All levels, the most severe first. */
export const levels: readonly Level[] = ['error', 'warn', 'info', 'debug'];

const words: Readonly<Record<Level, string>> = { error: 'error', warn: 'warning', info: '', debug: 'debug' };
const colours: Readonly<Record<Level, number>> = { error: 31, warn: 33, info: 32, debug: 2 };

/** A line of text for stderr: `podfront: error: MESSAGE`; at the level info `podfront: MESSAGE`. Without its end of line. */
export function textLine(level: Level, message: string, colour: boolean): string {
  const word = words[level];
  return word === '' ? `podfront: ${visible(message)}` : `podfront: ${paint(colours[level], word, colour)}: ${visible(message)}`;
}

/** The line that follows a problem: `podfront: hint: TEXT`. */
export function hintLine(hint: string, colour: boolean): string {
  return `podfront: ${paint(36, 'hint', colour)}: ${visible(hint)}`;
}

/** A record for programs: one object a line, its level first. */
export function jsonLine(level: Level, fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ level, ...fields });
}

/** Whether a record of one level is shown under another. */
export function isShown(level: Level, threshold: Level): boolean {
  return levels.indexOf(level) <= levels.indexOf(threshold);
}

function paint(code: number, text: string, colour: boolean): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text;
}
