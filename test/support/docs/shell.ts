import { type Block, blocks } from './pages.ts';

/** A command of a page: its words, and its line. A pipe makes several, of which each but the first is `piped`. */
export interface Typed {
  readonly line: number;
  readonly text: string;
  readonly words: readonly string[];
  readonly piped: boolean;
}

/** A command of a `console` block and what the page says it prints. */
export interface Shown {
  readonly line: number;
  readonly text: string;
  readonly words: readonly string[];
  readonly output: readonly string[];
}

/** The commands of the `console` blocks that show an output. */
export function shownIn(text: string): readonly Shown[] {
  return blocks(text)
    .filter(({ language }) => language === 'console')
    .flatMap(({ line, lines }) => {
      const starts = lines.flatMap((one, index) => (/^[$#] /.test(one) ? [index] : []));
      return starts.flatMap((start, i) => {
        const [command] = typed((lines[start] ?? '').slice(2), line + start);
        const output = lines.slice(start + 1, starts[i + 1]);
        return command === undefined || output.length === 0 ? [] : [{ ...command, output }];
      });
    });
}

/** The commands of a page, in their order: each line of `sh` blocks, and what follows `$ ` in `console` blocks. */
export function commandsIn(text: string): readonly Typed[] {
  return blocks(text).flatMap((block) => {
    if (block.language === 'sh') return block.lines.flatMap((line, index) => typed(line, block.line + index));
    return block.language === 'console' ? prompted(block) : [];
  });
}

function prompted(block: Block): readonly Typed[] {
  return block.lines.flatMap((line, index) => (/^[$#] /.test(line) ? typed(line.slice(2), block.line + index) : []));
}

/** Splits a line at ` | ` into commands of words; what follows ` #` is a comment. Quotes hold words together, and that is all of the shell the pages use. */
function typed(line: string, number: number): readonly Typed[] {
  const text = line.replace(/(^|\s+)#.*$/, '').trim();
  if (text === '') return [];
  return text.split(' | ').map((part, index) => ({ line: number, text: part, words: wordsOf(part), piped: index > 0 }));
}

function wordsOf(text: string): readonly string[] {
  const words = [...text.matchAll(/'([^']*)'|"([^"]*)"|[^\s'"]+/g)].map(([word, single, double]) => single ?? double ?? word);
  // What comes before the program: sudo, or variables for it.
  const first = words.findIndex((word) => word !== 'sudo' && !/^[A-Z_]+=/.test(word));
  return words.slice(first);
}
