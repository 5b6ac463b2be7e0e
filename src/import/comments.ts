import { withoutPasswords } from './note.ts';
import type { ConfigLine } from './section.ts';

/** A comment on a line of its own. */
export interface CommentLine {
  /** Without `#`, safe to show. */
  readonly text: string;
  readonly indented: boolean;
}

/** The first line of podfront's own files, which is not imported as a comment. */
const mark = 'Written by podfront. Do not edit';

/** The comment that a line consists of; null for a blank line. */
export function commentLine(line: string): CommentLine | null {
  const text = commentIn(line.trim());
  return text === null || text === '' || text.startsWith(mark) ? null : { text, indented: /^\s/.test(line) };
}

/** The text after the first `#` outside quotes and without a backslash (configuration manual 2.2); null without one. */
export function commentIn(line: string): string | null {
  const at = commentAt(line);
  return at < 0 ? null : safeText(line.slice(at + 1).replace(/^#+/, ''));
}

/** The line with its comment made safe to show; the part that HAProxy reads is unchanged. */
export function shownLine(line: string): string {
  const at = commentAt(line);
  return at < 0 ? line : `${line.slice(0, at + 1)} ${commentIn(line)}`.trimEnd();
}

function commentAt(line: string): number {
  if (!line.includes('#')) return -1;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const c = line.charAt(at);
    if (c === '\\' && quote !== "'") at++;
    else if (quote === '' && c === '#') return at;
    else if (quote === '' ? c === '"' || c === "'" : c === quote) quote = quote === '' ? c : '';
  }
  return -1;
}

/** The lines with their comments: those above a line before it, those at its end still there. */
export function withComments(lines: readonly ConfigLine[]): readonly string[] {
  return lines.flatMap(({ text, comments }) => {
    const above = commentIn(text) === null ? comments : comments.slice(0, -1);
    return [...above.map((comment) => `# ${comment}`), text];
  });
}

/** Characters that YAML or a terminal does not show as themselves. Bidirectional controls can disguise a text. */
const invisible = /[^\t\u0020-\u007e\u00a0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|\u200e|\u200f/gu;
/** The longest comment, in characters: HAProxy reads lines of up to 2,048 bytes, and a character may take four. */
const maxLength = 500;

/** The comment made safe to show, without passwords, which commented-out lines may contain. */
function safeText(comment: string): string {
  const text = comment.trim().replace(invisible, (c) => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`);
  const shown = withoutPasswords(text);
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}...` : shown;
}
