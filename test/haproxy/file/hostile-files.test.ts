import test from 'ava';
import { alertsIn } from '../../../src/haproxy/file/check-alerts.ts';
import { bindsIn } from '../../../src/haproxy/file/sections.ts';
import { countServers, readSlots, readStartAddresses, withoutSeeds, withoutServers } from '../../../src/haproxy/file/slot-lines.ts';
import { parseOptions } from '../../../src/haproxy-syntax/extra-lines.ts';
import { withoutSecrets } from '../../../src/haproxy-syntax/secrets.ts';
import { config } from '../../support/config-sample.ts';

const inputs: Readonly<Record<string, (size: number) => string>> = {
  'empty lines': (n) => '\n'.repeat(n),
  'blank lines': (n) => ' \n'.repeat(n),
  'one line of blanks': (n) => `listen a\n${' '.repeat(n)}x`,
  'one line of blanks behind a keyword': (n) => `listen a\n    server a${' '.repeat(n)}\n    bind${' '.repeat(n)}`,
  'a keyword many times': (n) => `listen a\n    ${'server user stats auth init-addr '.repeat(n / 16)}`,
  'slots many times': (n) => `listen a\n${'    server-template pod 1-10000 a:1 check init-addr none\n'.repeat(n / 16)}`,
  'dollars and quotes': (n) => `listen a\n    user "${'$1$"\''.repeat(n / 4)}`,
  'newlines before a word': (n) => `check${'\n'.repeat(n)}x`,
};

const works: Readonly<Record<string, (input: string) => unknown>> = {
  countServers,
  readSlots,
  readServers: readStartAddresses,
  withoutSeeds,
  withoutServers,
  withoutSecrets,
  bindsIn,
  alertsIn: (input) => alertsIn(`[ALERT] ${input}`, 'f', input, config([])),
  parseOptions: (input) => {
    try {
      return parseOptions(input);
    } catch (error) {
      return error;
    }
  },
};

// Linear work on these takes milliseconds; work that is quadratic takes minutes, and ava ends it.
const size = 1_000_000;

for (const [name, work] of Object.entries(works))
  for (const [what, inputOf] of Object.entries(inputs))
    test(`${name} terminates on a file of ${what}`, (t) => {
      t.notThrows(() => work(inputOf(size)));
    });

test('lines of thousands of slots are read without making each of them', (t) => {
  const file = `listen a\n${'    server-template pod 1-9999 a:1 check init-addr none\n'.repeat(2_000)}`;
  const before = process.memoryUsage().heapUsed;
  const text = withoutSeeds(file);
  t.true(text.length < file.length);
  t.true(process.memoryUsage().heapUsed - before < 50_000_000);
  t.is(readSlots(file).get('a')?.count, 9_999);
});

test("more slots than the configuration can ask for are not podfront's", (t) => {
  const foreign = 'listen a\n    server-template pod 1-99999 a:1 init-addr none\n    server pod10001 a:1 init-addr 127.1.0.1\n';
  t.is(readSlots(foreign).size, 0);
  t.is(countServers(foreign), 100_000);
});
