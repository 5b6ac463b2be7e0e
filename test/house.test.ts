import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { circles, floorFaults, floors } from './support/house/floors.ts';
import { importsOf, readTree, type Tree } from './support/house/imports.ts';
import { pure, purityFaults } from './support/house/purity.ts';
import { mirrorFaults, shapeFaults } from './support/house/shape.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const src = readTree(root, 'src');
const tests = readTree(root, 'test');

/** The tree of src/ with further files in it. */
function withFiles(files: Readonly<Record<string, string>>): Tree {
  return new Map([...src, ...Object.entries(files)]);
}

/** What a check says of the tree with further files that it does not say of the tree as it is. */
function added(check: (tree: Tree) => readonly string[], files: Readonly<Record<string, string>>): readonly string[] {
  const before = check(src);
  return check(withFiles(files)).filter((fault) => !before.includes(fault));
}

test('A folder imports only from lower floors', (t) => {
  t.deepEqual(floorFaults(src), []);
});

test('Neither files nor the children of a folder import each other in a circle', (t) => {
  t.deepEqual(circles(src), []);
});

test('Pure folders touch no clock, network, file, process or log, and run nothing that does', (t) => {
  t.deepEqual(purityFaults(src), []);
});

test('A source file is at most 250 lines, and is named for its subject', (t) => {
  t.deepEqual(shapeFaults(src), []);
});

test('test/ mirrors src/', (t) => {
  t.deepEqual(mirrorFaults(src, tests), []);
});

test('Every floor and every pure place that is named is there', (t) => {
  const children = new Set([...src.keys()].map((file) => file.split('/')[1]));
  t.deepEqual(
    floors.flat().filter((name) => !children.has(name)),
    [],
  );
  t.deepEqual(
    pure.filter((place) => ![...src.keys()].some((file) => file.startsWith(place))),
    [],
  );
});

test('CONTRIBUTING has every folder on its floor, and names only what is there', (t) => {
  const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| ([^|]+) \|/gm)].flatMap(([, floor, cell = '']) =>
    [...cell.matchAll(/`([^`]+?)\/?`/g)].map(([, name]) => `${floor} ${name}`),
  );
  const children = new Set([...src.keys()].map((file) => file.split('/')[1] ?? ''));
  t.deepEqual(rows.sort(), floors.flatMap((names, i) => names.flatMap((name) => (children.has(name) ? [`${i + 1} ${name}`] : []))).sort());
  const paths = [...text.matchAll(/\b(?:src|test|demo|docs|examples|fixtures|scripts|templates|page|bench)\/[\w./-]*\w\/?/g)].map(
    ([path]) => path,
  );
  t.true(paths.length > 30);
  t.deepEqual(
    paths.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

test('An import from the same or a higher floor, from outside of src/, or of a file on no floor is seen', (t) => {
  t.deepEqual(added(floorFaults, { 'src/ip/added.ts': "import { x } from '../dns/client.ts';" }), [
    'src/ip/added.ts imports src/dns/client.ts, which is on no lower floor',
  ]);
  t.deepEqual(added(floorFaults, { 'src/dns/added.ts': "import type { X } from '../status/status.ts';" }), [
    'src/dns/added.ts imports src/status/status.ts, which is on no lower floor',
  ]);
  t.deepEqual(added(floorFaults, { 'src/cli/added.ts': "export * from '../../demo/demo.ts';" }), [
    'src/cli/added.ts imports demo/demo.ts, which is on no lower floor',
  ]);
  t.deepEqual(added(floorFaults, { 'src/attic/added.ts': '' }), ['src/attic/added.ts is on no floor']);
  const forms = ["import '../dns/client.ts';", "export { x } from '../dns/client.ts';", "const x = await import('../dns/client.ts');"];
  for (const form of [...forms, "type X = typeof import('../dns/client.ts');", "import {\n  type X,\n} from '../dns/client.ts';"])
    t.is(added(floorFaults, { 'src/ip/added.ts': form }).length, 1, form);
  const hidden = [
    "const name = '../dns/client.ts';\nawait import(name);",
    'await import(`../dns/client.ts`);',
    "await import('../dns' + file);",
  ];
  for (const form of [...hidden, "require('../dns/client.ts');", "createRequire(import.meta.url)('../dns/client.ts');"])
    t.deepEqual(added(floorFaults, { 'src/ip/added.ts': form }), ['src/ip/added.ts has an import without a plain path'], form);
  t.deepEqual(added(floorFaults, { 'src/cli/added.ts': "import { x } from '../dns/client.ts';" }), []);
});

test('A circle of two files, of three, and of two folders without one of files is seen', (t) => {
  const two = { 'src/ip/a.ts': "import './b.ts';", 'src/ip/b.ts': "const b = await import('./a.ts');" };
  t.deepEqual(added(circles, two), ['a circle of files: src/ip/a.ts, src/ip/b.ts', 'a circle in src/ip: a.ts, b.ts']);
  const three = { 'src/ip/a.ts': "import './b.ts';", 'src/ip/b.ts': "import './c.ts';", 'src/ip/c.ts': "export { a } from './a.ts';" };
  t.is(added(circles, three).length, 2);
  const folders = {
    'src/system/one/a.ts': "import { b } from '../other/b.ts';",
    'src/system/other/c.ts': "import type { d } from '../one/d.ts';",
  };
  t.deepEqual(added(circles, folders), ['a circle in src/system: one, other']);
});

test('Whatever reaches out of a pure file is seen', (t) => {
  const reaching = [
    "import { readFileSync } from 'node:fs';",
    "import { connect } from 'node:net';",
    "import { randomBytes } from 'node:crypto';",
    "import { createHash, randomBytes } from 'node:crypto';",
    "import { pino } from 'pino';",
    "const { request } = await import('node:http');",
    'const now = Date.now();',
    'const now = new Date();',
    'const start = performance.now();',
    'console.log(1);',
    'const path = process.env.PATH;',
    'setTimeout(() => {}, 1);',
    'const die = Math.random();',
    'const id = crypto.randomUUID();',
    "await fetch('http://127.0.0.1/');",
    'const { env } = process;',
    'const everything = { ...process };',
    'const path = process?.env.PATH;',
    'const later = setTimeout;',
    'const { now } = Date;',
    'const clock = { now: Date.now };',
    'const { random } = Math;',
    "globalThis['process'].exit();",
    `const text = \`at \${Date.now()}\`;`,
    "const path = 'https://example.org/'; console.log(path);",
    'const signal = AbortSignal.timeout(1);',
    'const where = import.meta.url;',
    "export * from 'node:os';",
    "export { readFileSync } from 'node:fs';",
    "import 'node:child_process';",
    "import fs, { type Stats } from 'node:fs';",
    "import { createRequire } from 'node:module';",
  ];
  for (const line of reaching) t.is(added(purityFaults, { 'src/plan/added.ts': line }).length, 1, line);
  for (const place of pure.filter((one) => one.endsWith('/')))
    t.is(added(purityFaults, { [`${place}added.ts`]: "import 'node:child_process';" }).length, 1, place);
});

test('A pure file that runs another which reaches out is seen; one that uses its types, or only speaks of a clock, is pure', (t) => {
  t.deepEqual(
    added(purityFaults, { 'src/plan/added.ts': "import { x } from '../config/added.ts';", 'src/config/added.ts': "import 'node:fs';" }),
    ['src/plan/added.ts is pure, and runs src/config/added.ts, which imports node:fs'],
  );
  const types =
    "import type { Clock } from '../system/clock.ts';\nimport { createHash } from 'node:crypto';\n/** Never Date.now(). */\n// process.env";
  t.deepEqual(added(purityFaults, { 'src/plan/added.ts': types }), []);
  const words = "const text = 'of the process: Date.now()';\nconst at = (iso: string) => Date.parse(iso) + new Date(0).getTime();";
  const keys = 'const state = { process: 1 };\nconst found = /console.log(1)|process/.test(text) || state.process > Math.max(1, 2);';
  t.deepEqual(added(purityFaults, { 'src/plan/added.ts': `${words}\n${keys}` }), []);
});

test('A long file, a vague name and a test without its folder are seen', (t) => {
  t.deepEqual(added(shapeFaults, { 'src/plan/added.ts': 'x\n'.repeat(251) }), ['src/plan/added.ts has more than 250 lines']);
  t.deepEqual(added(shapeFaults, { 'src/plan/added.ts': 'x\n'.repeat(250) }), []);
  for (const file of ['src/dns/utils.ts', 'src/common/ip.ts', 'src/dns/socket-manager.ts', 'src/dns/test-helpers.ts'])
    t.is(added(shapeFaults, { [file]: '' }).length, 1, file);
  const stray = new Map([...tests, ['test/attic/a.test.ts', ''], ['test/attic.test.ts', ''], ['test/dns/attic/a.test.ts', '']]);
  t.is(mirrorFaults(src, stray).length, mirrorFaults(src, tests).length + 3);
});

test('Imports are found in every form, and not in comments', (t) => {
  const text = `import a from './a.ts';
import {
  b,
} from './b.ts';
import type { C } from './c.ts';
export { d } from './d.ts';
import './e.ts';
type F = typeof import('./f.ts');
const g = await import('./g.ts');
// import './h.ts'
/* import './i.ts' */
/** from './j.ts' */`;
  t.deepEqual(
    importsOf(new Map([['src/x/x.ts', text]])).map(({ to, typeOnly }) => `${to}${typeOnly ? ' type' : ''}`),
    ['src/x/a.ts', 'src/x/b.ts', 'src/x/c.ts type', 'src/x/d.ts', 'src/x/e.ts', 'src/x/f.ts type', 'src/x/g.ts'],
  );
});
