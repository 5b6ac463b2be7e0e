import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Source files: their paths from the root of the repository, with `/`, and their texts. */
export type Tree = ReadonlyMap<string, string>;

/** One import of a file: another file by its path, or a package or module of Node by its name. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Names only types, and so is gone when the program runs. */
  readonly typeOnly: boolean;
}

/** The TypeScript files below a folder of the repository. */
export function readTree(root: string, folder: string): Tree {
  const names = readdirSync(posix.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(names.sort().map((name) => [posix.join(folder, name), readFileSync(posix.join(root, folder, name), 'utf8')]));
}

/** All imports of all files: `import`, `export … from`, `import()` and `typeof import()`. */
export function importsOf(tree: Tree): readonly Import[] {
  const statement = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|(\btypeof\s+)?\bimport\(\s*'([^']+)'/gm;
  return [...tree].flatMap(([from, text]) =>
    [...codeOf(text).matchAll(statement)].map(([, type, static_, typeOf, dynamic]) => {
      const name = static_ ?? dynamic ?? '';
      const to = name.startsWith('.') ? posix.join(posix.dirname(from), name) : name;
      return { from, to, typeOnly: type !== undefined || typeOf !== undefined };
    }),
  );
}

/** The files that import in a way which does not name its target in the text: `import(name)` or `require`; a sentence each. */
export function hiddenImports(tree: Tree): readonly string[] {
  const hidden = /\bimport\(\s*(?!\s|'[^']*'\s*\))|\b(?:require|createRequire)\b/;
  return [...tree].filter(([, text]) => hidden.test(codeOf(text, ''))).map(([file]) => `${file} has an import without a plain path`);
}

/** A comment, a string, or a regular expression, which begins where no division can. */
const piece =
  /(\/\*[\s\S]*?\*\/|\/\/[^\n]*)|('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?<=(?:[(,=:[!&|?{};+]|\breturn|=>)\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[\s\S]/y;

const read = new Map<string, string>();

/**
 * The code of a TypeScript text, without comments, regular expressions and the texts of templates.
 *
 * @param string what replaces each string; by default strings stay
 */
export function codeOf(text: string, string?: ''): string {
  const key = `${string === undefined ? 'with' : 'without'} strings ${text}`;
  const known = read.get(key) ?? codeIn(text, string);
  read.set(key, known);
  return known;
}

function codeIn(text: string, string: '' | undefined): string {
  // The depths of braces at which the expressions of templates end.
  const expressions: number[] = [];
  let [depth, inTemplate, code] = [0, false, ''];
  for (let at = 0; at < text.length; ) {
    if (inTemplate) {
      if (text.startsWith('${', at)) {
        expressions.push(depth);
        code += '${';
      }
      inTemplate = text[at] !== '`' && !text.startsWith('${', at);
      if (text[at] === '`') code += '`';
      at += text[at] === '\\' || text.startsWith('${', at) ? 2 : 1;
      continue;
    }
    piece.lastIndex = at;
    const [token = '', comment, literal] = piece.exec(text) ?? [];
    at += Math.max(1, token.length);
    if (comment !== undefined) continue;
    if (token === '{') depth++;
    if (token === '`') inTemplate = true;
    if (token === '}') {
      if (expressions.at(-1) === depth) {
        expressions.pop();
        inTemplate = true;
      } else depth--;
    }
    if (literal !== undefined) code += string === undefined ? literal : "''";
    else code += token.length > 1 ? '/ /' : token;
  }
  return code;
}
