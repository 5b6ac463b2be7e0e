import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { folderOf } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';
import { podfront } from '../../support/podfront.ts';

const terminal = fileURLToPath(new URL('../../support/terminal.py', import.meta.url));

/** A folder with a completion script and a file to complete. */
async function desk(t: ExecutionContext, shell: string): Promise<{ readonly folder: string; readonly script: string }> {
  const folder = folderOf(t);
  const { status, stdout } = await podfront(['completion', shell], { cwd: folder });
  t.is(status, 0);
  const script = join(folder, `_podfront.${shell}`);
  writeFileSync(script, stdout);
  writeFileSync(join(folder, 'haproxy.cfg'), '');
  mkdirSync(join(folder, 'subfolder'));
  const listen = (name: string) => `listen: {${name}: {podPort: 80}, wiki: {podPort: 80, binds: ["127.0.0.1:81"]}}\n`;
  writeFileSync(join(folder, 'podfront.yaml'), listen('shop'));
  writeFileSync(join(folder, 'other.yaml'), listen('forum'));
  // The script asks podfront for the listens.
  const loader = import.meta.resolve('tsx');
  const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
  writeFileSync(join(folder, 'podfront'), `#!/bin/sh\nexec '${process.execPath}' --import '${loader}' '${main}' "$@"\n`, { mode: 0o755 });
  return { folder, script };
}

async function output(program: string, args: readonly string[], stdin = ''): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // A shell that ends without reading breaks the pipe.
  child.stdin.on('error', () => {}).end(stdin);
  await once(child, 'close');
  return text;
}

/** What is typed, tabulators included, and what must come of it. */
const cases: readonly (readonly [what: string, typed: string, wanted: RegExp])[] = [
  ['a command that is clear', 'podfront ren\t', /podfront render /],
  ['commands that are not', 'podfront re\t\t', /render.*resolve|resolve.*render/s],
  ['a command behind an option with a value', 'podfront --log-level debug doc\t', /doctor /],
  ['values of a choice', 'podfront --log-level \t\t', /error.*warn|debug.*error|warn.*info/s],
  ['an option of a command', 'podfront render --exp\t', /--explain /],
  ['a general option behind a command', 'podfront watch --log-f\t', /--log-format/],
  ['a file', 'podfront import hap\t', /haproxy\.cfg/],
  ['a listen', 'podfront resolve sh\t', /resolve shop |^shop /m],
  ['another listen of another configuration', 'podfront --config other.yaml resolve wiki f\t', /wiki forum |^forum /m],
  ['a folder', 'podfront import haproxy.cfg --users s\t', /--users sub|^subfolder/m],
  ['a shell', 'podfront completion z\t', /zsh/],
];

const shells = {
  bash: { argv: ['bash', '--norc', '--noprofile', '-i'], setup: (script: string) => `source ${script}; PS1=` },
  zsh: { argv: ['zsh', '-f', '-i'], setup: (script: string) => `PS1=; autoload -U compinit; compinit -D -u; source ${script}` },
} as const;

for (const [shell, { argv, setup }] of Object.entries(shells)) {
  for (const [what, typed, wanted] of cases) {
    needs(shell as 'bash' | 'zsh', 'python3')(`${shell} completes ${what}`, async (t) => {
      const { folder, script } = await desk(t, shell);
      const asked = { argv, setup: `cd ${folder}; PATH=${folder}:$PATH; ${setup(script)}`, typed, wanted: wanted.source };
      t.regex(await output('python3', [terminal], JSON.stringify(asked)), wanted);
    });
  }
}

needs('bash', 'python3')('bash completes a value behind =', async (t) => {
  const { script } = await desk(t, 'bash');
  const asked = { argv: shells.bash.argv, setup: shells.bash.setup(script), typed: 'podfront --log-format=j\t', wanted: 'json' };
  t.regex(await output('python3', [terminal], JSON.stringify(asked)), /--log-format=json/);
});

// fish tells what it would propose.
for (const [what, typed, wanted] of cases) {
  needs('fish')(`fish completes ${what}`, async (t) => {
    const { folder, script } = await desk(t, 'fish');
    const line = typed.replaceAll('\t', '');
    const said = await output('fish', [
      '--no-config',
      '-c',
      `cd ${folder}; set PATH ${folder} $PATH; source ${script}; complete -C '${line}'`,
    ]);
    t.regex(
      `${line}\n${said.replaceAll('\n', ' \n').replaceAll('\t', ' ')}`,
      new RegExp(wanted.source.replace('podfront ', ''), wanted.flags),
    );
  });
}

test('a shell podfront does not know is refused with those it does', async (t) => {
  const { status, stderr } = await podfront(['completion', 'tcsh'], { cwd: folderOf(t) });
  t.is(status, 2);
  t.regex(stderr, /bash, zsh, fish/);
});
