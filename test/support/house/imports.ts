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
    [...withoutComments(text).matchAll(statement)].map(([, type, static_, typeOf, dynamic]) => {
      const name = static_ ?? dynamic ?? '';
      const to = name.startsWith('.') ? posix.join(posix.dirname(from), name) : name;
      return { from, to, typeOnly: type !== undefined || typeOf !== undefined };
    }),
  );
}

/** A program's text without its comments; what looks like one within a string on the same line stays. */
export function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$|(?<=[;{},)]\s*)\/\/.*$/gm, '');
}
