import { type Problem, problem } from '../problem/problem.ts';
import { type Line, tokenise } from './line.ts';
import { withoutSecrets } from './secrets.ts';

/** Every keyword that opens a section in HAProxy 2.3 to 3.4, and those that other releases and branches have had or announced. */
export const sectionKeywords: ReadonlySet<string> = new Set([
  ...['global', 'defaults', 'listen', 'frontend', 'backend', 'ruleset'],
  ...['resolvers', 'peers', 'userlist', 'mailers', 'program', 'http-errors', 'ring', 'cache', 'fcgi-app', 'healthcheck'],
  ...['log-forward', 'log-profile', 'crt-store', 'traces', 'acme', 'dynamic-update', 'namespace_list'],
  ...['spoe-agent', 'spoe-group', 'spoe-message'],
]);

/** Blanks at the end, except after a backslash, where one may be part of a word. */
const trailing = /(?<![\\ \t])[ \t]+$/;

/** The limits of lines and options: HAProxy reads up to 64 words of a line of up to 2048 bytes (LINESIZE and MAX_LINE_ARGS; configuration manual, section 2.1). */
const limits = { words: 64, bytes: 2000, optionWords: 36, optionBytes: 1000 };

/**
 * Reads lines to copy into a section, without blank ones and indentation. None may open a section,
 * be a directive of the preprocessor, or be incomplete. Throws config.line for the first such line.
 */
export function parseLines(text: string): readonly string[] {
  const lines: string[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.replace(/^[ \t]+/, '');
    if (line.trim() === '') continue;
    const why = whyNoLine(line);
    if (why !== null) throw badLine(line, i + 1, why);
    lines.push(line.replace(trailing, ''));
  }
  return lines;
}

/** Reads options to add after podfront's own, on one line. Throws config.options. */
export function parseOptions(text: string): string {
  const options = withoutNewlines(text.replace(/^[ \t]+/, '')).replace(trailing, '');
  const parsed = tokenise(options);
  const why =
    (options.includes('\n') ? 'it is more than one line' : null) ??
    whyBroken(options, parsed) ??
    (parsed.comment ? 'its # would make a comment of what follows' : null) ??
    (parsed.words.length > limits.optionWords ? `it has ${parsed.words.length} words, and ${limits.optionWords} are allowed here` : null) ??
    (Buffer.byteLength(options) > limits.optionBytes ? `it is longer than ${limits.optionBytes} bytes` : null);
  if (why !== null) throw problem('config.options', { options: cut(options), why });
  return options;
}

function whyNoLine(line: string): string | null {
  const parsed = tokenise(line);
  const broken = whyBroken(line, parsed);
  if (broken !== null) return broken;
  const { words, variableFirst } = parsed;
  if (variableFirst) return 'its first word depends on an environment variable';
  const keyword = words[0] === 'no' || words[0] === 'default' ? words[1] : words[0];
  if (keyword === undefined) return line.startsWith('#') ? null : 'it is only a modifier';
  if (keyword === '') return 'its first word is empty';
  if (sectionKeywords.has(keyword)) return `it opens a section (${keyword})`;
  if (keyword.startsWith('.')) return `it is for HAProxy's preprocessor (${keyword})`;
  if (words.length > limits.words) return `it has ${words.length} words, and HAProxy reads ${limits.words}`;
  if (Buffer.byteLength(line) > limits.bytes) return `it is longer than ${limits.bytes} bytes`;
  return null;
}

/** The fault of a line in any place; null where it has none. */
function whyBroken(line: string, { open }: Line): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
  const control = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff]/u.exec(line);
  if (control !== null)
    return `it has the control character U+${(control[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return open === null ? null : `${open} is left open`;
}

function badLine(line: string, number: number, why: string): Problem {
  return problem('config.line', { number, line: cut(line), why });
}

/** The text without newlines at its end, found from there: `/\n+$/` is quadratic in newlines elsewhere. */
function withoutNewlines(text: string): string {
  let end = text.length;
  while (text.charAt(end - 1) === '\n') end--;
  return text.slice(0, end);
}

function cut(line: string): string {
  const shown = withoutSecrets(line);
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 57)}...` : shown);
}
