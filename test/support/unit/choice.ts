import { fileURLToPath } from 'node:url';
import { importsOf, readTree } from '../house/imports.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Modules with which a test could start a process or open a socket. */
const reachesOut = /^node:(?:child_process|cluster|dgram|http|http2|https|net|tls|worker_threads)$/;

/** Tests that try thousands of made-up inputs each, or an hour of a daemon: some seconds, which `npm run unit` does not have. */
const long = ['config/hostile', 'networks/read/hostile', 'import/roundtrip', 'dns/fuzz', 'daemon/policy', 'status/history'];

/**
 * Declares the tests of the files that are quick and reach neither a process nor the network, through whatever they import: of every
 * second one, from the first (0) or the second (1) on, so that two processes share them. One process for many files, because starting
 * ava's takes longer than most of them.
 */
export async function declareUnitTests(half: 0 | 1): Promise<void> {
  // ava takes what is declared in one go: a module of static imports runs so, where none of them waits for anything.
  const text = unitTests(half).map((url) => `import ${JSON.stringify(url)};`);
  await import(`data:text/javascript,${encodeURIComponent(text.join('\n'))}`);
}

export function unitTests(half: 0 | 1): readonly string[] {
  const tree = new Map(['src', 'demo', 'test'].flatMap((folder) => [...readTree(root, folder)]));
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of importsOf(tree)) if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  const waits = (file: string) => /^(?!\s).*\bawait\b/m.test(tree.get(file) ?? '');
  const tests = [...tree.keys()].filter((file) => /^test\/.*\.test\.ts$/.test(file) && !isLong(file) && !waits(file));
  const chosen = tests.filter((file) => staysInside(file, next));
  return chosen.filter((_, i) => i % 2 === half).map((file) => new URL(`../../../${file}`, import.meta.url).href);
}

function isLong(file: string): boolean {
  return long.some((name) => file === `test/${name}.test.ts`);
}

function staysInside(start: string, next: ReadonlyMap<string, readonly string[]>): boolean {
  const visited = new Set([start]);
  for (const file of visited)
    for (const to of next.get(file) ?? []) {
      if (reachesOut.test(to)) return false;
      visited.add(to);
    }
  return true;
}
