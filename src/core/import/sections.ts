import { tokenise } from '../haproxy-line.ts';
import { Problem } from '../problem.ts';
import { parseLines, sectionKeywords } from '../verbatim.ts';
import { type Notes, quotedLine } from './note.ts';

export interface Line {
  /** Counts from 1. */
  readonly number: number;
  /** As it was written, without indentation. */
  readonly text: string;
  readonly words: readonly string[];
}

/** A section of HAProxy's file. */
export interface Section {
  readonly keyword: string;
  readonly name: string;
  /** `listen NAME from DEFAULTS` (2.4). */
  readonly from: string | null;
  readonly number: number;
  readonly lines: readonly Line[];
}

/**
 * Cuts a configuration into its sections. What the preprocessor would decide is left out with a note: podfront does not know
 * the conditions. So are lines that HAProxy itself could not read.
 */
export function sectionsOf(text: string, notes: Notes): readonly Section[] {
  const sections: (Section & { readonly lines: Line[] })[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const number = at + 1;
    const line = (lines[at] ?? '').replace(/\r$/, '').trim();
    const { words, variableFirst } = tokenise(line);
    const [first] = words;
    if (first === undefined) continue;
    if (first.startsWith('.')) {
      at = preprocessed(lines, at, first, notes);
      continue;
    }
    if (!variableFirst && sectionKeywords.has(first)) {
      const from = words.indexOf('from');
      sections.push({
        keyword: first,
        name: from === 1 ? '' : (words[1] ?? ''),
        from: from < 0 ? null : (words[from + 1] ?? null),
        number,
        lines: [],
      });
      continue;
    }
    const unreadable = whyUnreadable(line);
    if (unreadable !== null)
      notes.leftOut(number, `the line ${quotedLine(line)}`, unreadable, 'correct it, or write what it means into podfront.yaml');
    else if (first === 'include')
      notes.leftOut(number, `the line ${quotedLine(line)}`, 'HAProxy knows no include', 'name the file under haproxy.with');
    else if (sections.length === 0)
      notes.leftOut(number, `the line ${quotedLine(line)}`, 'it stands before the first section', 'put it where it belongs');
    else sections.at(-1)?.lines.push({ number, text: line, words });
  }
  return sections;
}

/** Passes over a preprocessor line (configuration manual 2.4), or over the whole of an .if block. Returns where it ends. */
function preprocessed(lines: readonly string[], start: number, first: string, notes: Notes): number {
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

/** Why a line cannot be copied as it stands; null when it can. */
function whyUnreadable(line: string): string | null {
  try {
    parseLines(line);
    return null;
  } catch (error) {
    // The line itself is shown beside it.
    if (error instanceof Problem) return error.message.slice(error.message.lastIndexOf(saying) + saying.length);
    throw error;
  }
}

const saying = 'cannot be copied into the file: ';
