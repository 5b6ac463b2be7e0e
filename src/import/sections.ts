import { withoutDeadServerOptions } from '../haproxy-syntax/dead-servers.ts';
import { parseLines, sectionKeywords } from '../haproxy-syntax/extra-lines.ts';
import { tokenise } from '../haproxy-syntax/line.ts';
import { orProblem, Problem } from '../problem/problem.ts';
import { type CommentLine, commentIn, commentLine, shownLine } from './comments.ts';
import { elsewhere, type Notes, quotedLine } from './note.ts';
import type { ConfigLine, Section } from './section.ts';

/**
 * Splits a configuration into its sections. Lines that depend on the preprocessor are left out with a note, because podfront does
 * not know the conditions. So are lines that HAProxy itself could not read.
 */
export function sectionsOf(text: string, notes: Notes): readonly Section[] {
  const sections: (Section & { readonly lines: ConfigLine[]; readonly comments: string[] })[] = [];
  let pending: CommentLine[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const number = at + 1;
    const written = (lines[at] ?? '').replace(/\r$/, '').trim();
    const line = shownLine(withoutDeadServerOptions(written));
    if (line === '' && written !== '') continue;
    const { words, variableFirst } = tokenise(line);
    const [first] = words;
    if (first === undefined) {
      const comment = commentLine(lines[at] ?? '');
      if (comment !== null) pending.push(comment);
      continue;
    }
    const comment = commentIn(line);
    const behind = comment === null ? [] : [comment];
    if (first.startsWith('.')) {
      at = skipPreprocessor(lines, at, first, notes);
      continue;
    }
    if (!variableFirst && sectionKeywords.has(first)) {
      const from = words.indexOf('from');
      // Indented comments before a section belong to the previous section.
      const unindented = pending.findIndex(({ indented }) => !indented);
      const before = sections.length === 0 ? 0 : unindented < 0 ? pending.length : unindented;
      sections.at(-1)?.comments.push(...pending.slice(0, before).map(({ text: comment }) => comment));
      const above = pending.slice(before);
      pending = [];
      const extra = words.slice(from < 0 ? 2 : from + 2);
      if (extra.length > 0 && proxies.has(first))
        notes.leftOut(
          number,
          `${quotedLine(extra.join(' '))} behind ${first} ${words[1] ?? ''}`,
          'a section has a name and nothing else there',
          elsewhere,
        );
      sections.push({
        keyword: first,
        name: from === 1 ? '' : (words[1] ?? ''),
        from: from < 0 ? null : (words[from + 1] ?? null),
        number,
        lines: [],
        comments: [...above.map(({ text: comment }) => comment), ...behind],
      });
      continue;
    }
    const error = lineError(line);
    if (error !== null)
      notes.leftOut(
        number,
        sections.at(-1)?.keyword === 'userlist' ? 'a line of userlist' : `the line ${quotedLine(line)}`,
        error,
        'correct it, or write what it means into podfront.yaml',
      );
    else if (first === 'include')
      notes.leftOut(number, `the line ${quotedLine(line)}`, 'HAProxy knows no include', 'name the file under haproxy.with');
    else if (sections.length === 0)
      notes.leftOut(number, `the line ${quotedLine(line)}`, 'it stands before the first section', 'put it where it belongs');
    else {
      sections.at(-1)?.lines.push({ number, text: line, words, comments: [...pending.map(({ text: comment }) => comment), ...behind] });
      pending = [];
    }
  }
  sections.at(-1)?.comments.push(...pending.map(({ text: comment }) => comment));
  return sections;
}

const proxies = new Set(['defaults', 'listen', 'frontend', 'backend']);

/** Skips a preprocessor line (configuration manual 2.4), or an .if block. Returns the index of its last line. */
function skipPreprocessor(lines: readonly string[], start: number, first: string, notes: Notes): number {
  const hint = 'write what holds on this machine, then import again';
  if (first !== '.if') {
    notes.leftOut(start + 1, `the line ${quotedLine((lines[start] ?? '').trim())}`, 'it is for the preprocessor of HAProxy', hint);
    return start;
  }
  let depth = 0;
  let at = start;
  for (; at < lines.length; at++) {
    const keyword = tokenise((lines[at] ?? '').trim()).words[0];
    if (keyword === '.if') depth++;
    else if (keyword === '.endif') depth--;
    if (depth === 0) break;
  }
  const end = Math.min(at, lines.length - 1);
  notes.leftOut(
    start + 1,
    `the .if block of lines ${start + 1} to ${end + 1}`,
    'whether its condition holds is known to HAProxy only',
    hint,
  );
  return end;
}

/** The reason why a line cannot be copied unchanged; null when it can. */
function lineError(line: string): string | null {
  const parsed = orProblem(() => parseLines(line));
  // The line itself is shown beside it.
  return parsed instanceof Problem ? parsed.message.slice(parsed.message.lastIndexOf(prefix) + prefix.length) : null;
}

const prefix = 'cannot be copied into the file: ';
