import { blank, isPlain, tokenise } from '../haproxy-syntax/line.ts';

/** A word of a line: its meaning, and its spelling with quotes and escapes. */
export interface RawWord {
  readonly text: string;
  readonly raw: string;
}

/** Splits a complete line into words (configuration manual 2.2) and keeps the spelling of each, to write it again. A comment ends the line. */
export function rawWords(line: string): readonly RawWord[] {
  if (isPlain(line)) return tokenise(line).words.map((text) => ({ text, raw: text }));
  const words: RawWord[] = [];
  let start = -1;
  let quote = '';
  const end = (at: number) => {
    if (start < 0) return;
    const raw = line.slice(start, at);
    words.push({ text: tokenise(raw).words[0] ?? '', raw });
    start = -1;
  };
  for (let at = 0; at < line.length; at++) {
    const c = line.charAt(at);
    if (quote === '' && c === '#') {
      end(at);
      return words;
    }
    if (quote === '' && blank.test(c)) {
      end(at);
      continue;
    }
    if (start < 0) start = at;
    // A backslash takes a space into the word, and no other blank.
    if (c === '\\' && quote !== "'") at += /[\t\n\v\f\r]/.test(line.charAt(at + 1)) ? 0 : 1;
    else if (quote === '' ? c === '"' || c === "'" : c === quote) quote = quote === '' ? c : '';
  }
  end(line.length);
  return words;
}
