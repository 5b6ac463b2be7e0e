import test from 'ava';
import { blocksOf, listenBlocks, withBlocks } from '../../../src/haproxy/file/sections.ts';
import { countServers } from '../../../src/haproxy/file/slot-lines.ts';
import { suspectedListens } from '../../../src/plan/blame.ts';
import { config, listen } from '../../support/config-sample.ts';

const head = '# head\n\nglobal\n    log stderr\n';
const one = '\nlisten one\n    bind 127.0.0.1:1\n    server-template pod 20 a:1 init-addr none\n';
const two = '\nlisten two\n    bind 127.0.0.1:2\n    server x 127.0.0.1:9\n';
const text = head + one + two;

test('joined, the blocks are the text, and each listen has the empty lines before it', (t) => {
  t.is(
    blocksOf(text)
      .map(({ text }) => text)
      .join(''),
    text,
  );
  t.deepEqual(
    [...listenBlocks(text)],
    [
      ['one', one],
      ['two', two],
    ],
  );
});

test('a listen is replaced, put where it belongs, or taken out, and everything else stays', (t) => {
  const other = one.replace(':1\n', ':11\n');
  t.is(withBlocks(text, ['one', 'two'], new Map([['one', other]])), head + other + two);
  t.is(withBlocks(head + two, ['one', 'two'], new Map([['one', one]])), text);
  t.is(withBlocks(text, ['one', 'two'], new Map([['one', null]])), head + two);
});

test('servers are counted as HAProxy makes them', (t) => {
  t.is(countServers(one), 20);
  t.is(countServers(two), 1);
  t.is(countServers('listen x\n    server pod1 a\n    server-template pod 2-7 a init-addr none\n'), 7);
});

test('listens with a new bind are suspected first, then those that changed, and none when another section changed', (t) => {
  const [oneMore, twoMore] = [one.replace('20 a', '30 a'), `${two}    bind 127.0.0.1:3\n`];
  const all = config([]);
  t.deepEqual(suspectedListens(text, head + oneMore + twoMore, all), ['two']);
  t.deepEqual(suspectedListens(text, head + oneMore + two, all), ['one']);
  t.deepEqual(suspectedListens(text, head.replace('stderr', 'stdout') + oneMore + two, all), []);
  t.deepEqual(suspectedListens(null, text, all), []);
});

test('a new bind of a frontend is that of all listens behind it', (t) => {
  const shared = ['a', 'b'].map((name) => listen({ name, hosts: [`${name}.example.org`] }));
  const frontend = '\nfrontend _shared_a\n    bind 127.0.0.1:9\n    use_backend a if TRUE\n';
  t.deepEqual(suspectedListens(text, head + frontend + one.replace('20 a', '30 a') + two, config(shared)), ['a', 'b']);
});
