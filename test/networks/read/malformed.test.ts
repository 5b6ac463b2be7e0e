import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { folderOf } from '../../support/folder.ts';
import type { ReportJson } from '../../support/networks/host.ts';
import { podfront } from '../../support/podfront.ts';

/** What is given, and what podfront says to it: every problem of the report, and what stops it. */
interface Row {
  readonly given: string;
  readonly says: readonly string[];
}

const fixture = new URL('../../../fixtures/networks/malformed.json', import.meta.url);
const kinds = JSON.parse(readFileSync(fixture, 'utf8')) as Readonly<Record<string, readonly Row[]>>;

/** How a kind of input is given; beside it stands a network that is readable and conflicts, which must be found all the same. */
const ways: Readonly<Record<string, (text: string, folder: string) => readonly string[]>> = {
  network: (text) => ['--network', 'good=10.1.2.0/24', `bad=${text}`],
  named: (text) => ['--network', 'good=10.1.2.0/24', text],
  ignore: (text) => ['--network', 'good=10.1.2.0/24', `--ignore=${text}`],
  cluster: (text) => ['--network', 'good=10.1.2.0/24', '--service-network', text],
  list: (text, folder) => ['--networks-file', file(folder, `10.1.1.0/24 before\n${text}\n10.1.2.0/24 good\n`)],
  resolvConf: (text, folder) => ['--resolv-conf', file(folder, `search example.org\n${text}\nnameserver 10.1.2.3\n`)],
  addresses: (text, folder) => ['--network', 'good=10.1.2.0/24', '--addresses', file(folder, text)],
  routes: (text, folder) => ['--network', 'good=10.1.2.0/24', '--routes', file(folder, text)],
};

test('There are at least sixty malformed inputs', (t) => {
  t.true(Object.values(kinds).flat().length >= 60);
  t.deepEqual(Object.keys(kinds), Object.keys(ways));
});

for (const [kind, rows] of Object.entries(kinds)) {
  test(`Malformed: each ${kind} gets its message, status 2, and hides nothing else`, async (t) => {
    for (const { given, says } of rows) {
      const { said, conflicts, stderr } = await tried(t, kind, given);
      t.deepEqual(said, says, JSON.stringify(given));
      t.true(says.length > 0);
      if (kind !== 'cluster') t.true(conflicts > 0, `the readable input beside ${JSON.stringify(given)} was not compared`);
      t.true(stderr.includes('podfront: error: ') && stderr.includes('podfront: hint: '), stderr);
      t.false(stderr.includes('    at '), 'no stack trace');
    }
  });
}

test('A file that cannot be read is named, and hides nothing else', async (t) => {
  const cwd = folderOf(t);
  execFileSync('mkfifo', [join(cwd, 'pipe')]);
  for (const option of ['--networks-file', '--addresses', '--routes', '--resolv-conf']) {
    for (const [path, why] of [
      ['/dev/zero', 'it is a device, not a file'],
      ['pipe', 'it is a named pipe, not a file'],
      ['gone', 'there is no such file'],
      ['.', 'it is a folder'],
    ] as const) {
      const { status, stdout } = await podfront(['check-networks', '--json', '--no-host', '--network', '10.1.2.0/24', option, path], {
        cwd,
      });
      const { problems, findings } = JSON.parse(stdout) as ReportJson;
      t.is(status, 2);
      t.is(findings.length, 1);
      t.deepEqual(
        problems.map(({ where }) => where),
        [path],
      );
      t.regex(problems[0]?.message ?? '', new RegExp(why));
    }
  }
});

test('A million bad lines neither fill the memory nor the terminal', async (t) => {
  const cwd = folderOf(t);
  const { status, stderr } = await podfront(['check-networks', '--no-host', '--networks-file', '-'], {
    cwd,
    stdin: 'nonsense\n'.repeat(1_000_000),
  });
  t.is(status, 2);
  t.is(stderr.split('\n').filter((line) => line.includes('error:')).length, 20);
  t.regex(stderr, /999980 more inputs cannot be read/);
});

async function tried(t: ExecutionContext, kind: string, given: string) {
  const cwd = folderOf(t);
  const args = ways[kind]?.(given, cwd) ?? [];
  const { status, stdout, stderr } = await podfront(['check-networks', '--json', '--no-host', ...args], { cwd });
  t.is(status, 2, `${JSON.stringify(given)}: ${stderr}`);
  if (stdout === '') return { said: [stderr.split('\n')[0]?.replace('podfront: error: ', '') ?? ''], conflicts: 0, stderr };
  const { problems, findings, ok } = JSON.parse(stdout) as ReportJson;
  t.false(ok);
  return { said: problems.map(({ where, message }) => `${where}: ${message}`), conflicts: findings.length, stderr };
}

function file(folder: string, text: string): string {
  writeFileSync(join(folder, 'input'), text);
  return 'input';
}
