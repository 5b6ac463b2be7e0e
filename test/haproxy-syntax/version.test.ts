import test from 'ava';
import { atLeast, parseVersion } from '../../src/haproxy-syntax/version.ts';
import { Problem } from '../../src/problem/problem.ts';

test('a version is read from words and from what haproxy -v prints, in its old and new spelling', (t) => {
  for (const [text, expected] of [
    ['2.6', '2.6'],
    ['3.10', '3.10'],
    ['2.6.12', '2.6.12'],
    ['HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\nStatus: ...', '2.6.12'],
    ['HA-Proxy version 2.3.4-1ppa1 2021/01/13 - https://haproxy.org/', '2.3.4'],
    ['HAProxy version 3.4-dev2-6ad1 2026/01/01', '3.4'],
  ] as const) {
    const [major, minor] = expected.split('.').map(Number);
    t.like(parseVersion(text), { major, minor, text: expected });
  }
});

test('3.10 is newer than 3.4, and 2.9 older than 3.0', (t) => {
  t.true(atLeast(parseVersion('3.10'), 3, 4));
  t.false(atLeast(parseVersion('2.9'), 3, 0));
});

test('a text that is not a version, or names one too old, is refused', (t) => {
  for (const text of ['', 'two', 'v2.6', '2', '2.6 x'.repeat(20).replaceAll(' ', ''), 'nginx/1.22'])
    t.is(t.throws(() => parseVersion(text), { instanceOf: Problem }).code, 'haproxy.version-unknown');
  t.is(t.throws(() => parseVersion('2.2.9'), { instanceOf: Problem }).code, 'haproxy.version-unsupported');
});
