import type { Tree } from './imports.ts';

/** Names, or last words of names, that say nothing of what a file is about. */
const vague = /^(?:.*-)?(?:utils?|helpers?|common|managers?)(?:\.ts)?$/;

/** Folders of test/ that have no folder in src/: what they test is not one of its folders. */
const besideSrc = ['support', 'scenario', 'demo', 'docs', 'examples', 'scripts'];
/** Files directly in test/ that test the project as a whole. */
const ofTheProject = ['house.test.ts', 'package.test.ts'];

/** Files that are too long, and files and folders with a vague name; a sentence each. */
export function shapeFaults(tree: Tree): readonly string[] {
  const long = [...tree].filter(([, text]) => text.trimEnd().split('\n').length > 250).map(([file]) => `${file} has more than 250 lines`);
  const named = [...tree.keys()].filter((file) => file.split('/').some((part) => vague.test(part)));
  return [...long, ...named.map((file) => `${file} has a name that says nothing of its subject`)];
}

/** Tests in a folder that src/ does not have, or directly in test/ without a file of that name in src/; a sentence each. */
export function mirrorFaults(src: Tree, tests: Tree): readonly string[] {
  const sources = [...src.keys()];
  const stray = [...tests.keys()].filter((file) => {
    const [, first = '', ...rest] = file.split('/');
    if (!file.endsWith('.test.ts') || besideSrc.includes(first)) return false;
    if (rest.length === 0) return !ofTheProject.includes(first) && !sources.includes(`src/${first.replace('.test.ts', '.ts')}`);
    const folder = file.split('/').slice(1, -1).join('/');
    return !sources.some((source) => source.startsWith(`src/${folder}/`));
  });
  return stray.map((file) => `${file} is in a folder that src/ does not have`);
}
