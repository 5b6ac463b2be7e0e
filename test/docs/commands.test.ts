import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import test from 'ava';
import { others } from '../support/docs/not-run.ts';
import { blocks, page, pages, repository } from '../support/docs/pages.ts';
import { openSandbox } from '../support/docs/sandbox.ts';
import { commandsIn, type Typed } from '../support/docs/shell.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

/** Commands that end with another status than 0 on the reader's machine, and why. */
const statuses: readonly { readonly words: RegExp; readonly status: readonly number[]; readonly why: string }[] = [
  { words: /^podfront check-networks\b(?!.*--(addresses|no-host))/, status: [0, 1], why: 'the networks of this machine decide' },
  { words: /--network office=10\.0\.0\.0\/16 /, status: [1], why: 'it shows what a conflict looks like' },
  {
    words: /^podfront (kubeconfig|manifest)\b/,
    status: [2],
    why: 'the configuration here asks no Kubernetes API; test/commands/kubeconfig.test.ts runs them on a cluster',
  },
  { words: /^podfront (--config \S+ )?doctor\b/, status: [0, 1], why: 'it looks at this machine, which is no frontend VM' },
];

const typed = (path: string) => commandsIn(page(path));
const isOurs = ({ words }: Typed) => words[0] === 'podfront';

for (const path of pages) {
  test(`${path}: a block that holds commands says so, and its commands are known here`, (t) => {
    for (const { language, lines, line } of blocks(page(path))) {
      if (['sh', 'console'].includes(language)) continue;
      const stray = lines.find((one) => /^(\$ |# )?(sudo )?(podfront|npm|npx|apt-get|systemctl|dig|curl|haproxy|nixos-rebuild) /.test(one));
      t.is(stray, undefined, `${path}:${line}: a block without sh or console`);
    }
    for (const one of typed(path).filter((command) => !isOurs(command))) {
      t.true(Object.hasOwn(others, one.words[0] ?? ''), `${path}:${one.line}: ${one.text}: run it, or say in others.ts why not`);
      for (const wanted of filesOf(one, path)) t.true(existsSync(wanted), `${path}:${one.line}: there is no ${wanted}`);
    }
    t.pass();
  });

  if (typed(path).some(isOurs)) {
    needs('haproxy')(`${path}: every podfront command runs and has the documented exit status`, async (t) => {
      const { type } = await openSandbox(t);
      for (const one of typed(path).filter(isOurs)) {
        const { status, stdout, stderr } = await type(one.words.slice(1));
        const other = statuses.find(({ words }) => words.test(one.text));
        t.true((other?.status ?? [0]).includes(status), `${path}:${one.line}: ${one.text} ended with ${status}\n${stdout}${stderr}`);
      }
    });
  }
}

for (const path of pages) {
  const examples = blocks(page(path)).filter(({ language, lines }) => language === 'yaml' && lines.some((line) => line === 'listen:'));
  if (examples.length === 0) continue;
  test(`${path}: podfront takes every configuration`, async (t) => {
    const cwd = folderOf(t);
    for (const { line, lines } of examples) {
      writeFileSync(join(cwd, 'podfront.yaml'), lines.join('\n'));
      const { status, stderr } = await podfront(['render', '--offline', '--no-validate'], { cwd });
      t.is(status, 0, `${path}:${line}: ${stderr}`);
    }
  });
}

test('The units and modules of the examples call podfront with commands that it has', async (t) => {
  const { stdout } = await podfront(['--help'], { cwd: folderOf(t) });
  const called = readdirSync(join(repository, 'examples'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)))
    .flatMap((path) => [...page(path).matchAll(/\bpodfront --config \S+ ([a-z-]+)/g)].map(([, command = '']) => ({ path, command })));
  t.true(called.length >= 4);
  for (const { path, command } of called) t.regex(stdout, new RegExp(`^  ${command}\\b`, 'm'), path);
});

test('The list of programs that are not run names none that no page speaks of', (t) => {
  const spoken = new Set(pages.flatMap(typed).map(({ words }) => words[0]));
  t.deepEqual(
    Object.keys(others).filter((program) => !spoken.has(program)),
    [],
  );
});

/** The files and scripts of the repository that a command needs. */
function filesOf({ words }: Typed, path: string): readonly string[] {
  const [program, second = '', third = ''] = words;
  switch (program) {
    case 'npm':
      return second === 'run' && !hasScript(third) ? [`script ${third} in package.json`] : [];
    case 'npx':
    case 'node':
      return words.filter((word) => /\.(m?[jt]s)$/.test(word)).map((word) => join(repository, word));
    case 'install':
      return words.slice(-2, -1).map((word) => join(repository, 'examples/systemd', word));
    case 'cd':
      return [join(repository, second === '' ? dirname(path) : second)];
    default:
      return [];
  }
}

function hasScript(name: string): boolean {
  const { scripts } = JSON.parse(page('package.json')) as { scripts: Readonly<Record<string, string>> };
  return Object.hasOwn(scripts, basename(name));
}
