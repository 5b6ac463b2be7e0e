import test from 'ava';
import { fail, pass, warn } from '../../src/doctor/check.ts';
import { withCauses, withoutFollowOnFailures } from '../../src/doctor/root-causes.ts';

const results = (...judged: Parameters<typeof withoutFollowOnFailures>[0]) =>
  Object.fromEntries(withoutFollowOnFailures(judged).map(({ name, result }) => [name, result]));

test('a failure that follows from another one is skipped, keeps what was seen, and has no remedy', (t) => {
  const [, dns] = withoutFollowOnFailures([fail('route', 'gone', 'add it'), withCauses(fail('DNS', 'silent', 'start it'), ['route'])]);
  t.deepEqual(dns, { name: 'DNS', result: 'skip', seen: 'silent; this follows from route, see there', remedy: '' });
});

test('a set of causes explains a failure only when all of its checks failed', (t) => {
  const dns = withCauses(fail('DNS', '', ''), ['route', 'cable'], [], ['nowhere']);
  t.is(results(fail('route', '', ''), warn('cable', '', ''), dns).DNS, 'fail');
  t.is(results(fail('route', '', ''), pass('cable', ''), dns).DNS, 'fail');
  t.is(results(fail('route', '', ''), fail('cable', '', ''), dns).DNS, 'skip');
});

test('a warning follows as a failure does, and a pass stays a pass', (t) => {
  const [route, warned, passed] = [fail('route', '', ''), withCauses(warn('a', '', ''), ['route']), withCauses(pass('b', ''), ['route'])];
  t.deepEqual(results(route, warned, passed), { route: 'fail', a: 'skip', b: 'pass' });
});

test('a failure two steps away names the root cause', (t) => {
  const chain = [fail('route', '', ''), withCauses(fail('DNS', '', ''), ['route']), withCauses(fail('listen', '', ''), ['DNS'])];
  t.deepEqual(results(...chain), { route: 'fail', DNS: 'skip', listen: 'skip' });
  t.is(withoutFollowOnFailures(chain)[2]?.seen, '; this follows from route, see there');
});

test('checks that explain each other, or themselves, stay failures', (t) => {
  t.deepEqual(results(withCauses(fail('a', '', ''), ['b']), withCauses(fail('b', '', ''), ['a'])), { a: 'fail', b: 'fail' });
  t.deepEqual(results(withCauses(fail('a', '', ''), ['a'])), { a: 'fail' });
  const circle = [withCauses(fail('a', '', ''), ['b']), withCauses(fail('b', '', ''), ['a'])];
  t.deepEqual(results(...circle, fail('c', '', '')), { a: 'fail', b: 'fail', c: 'fail' });
  const ring = ['a', 'b', 'c'].map((name, i) => withCauses(fail(name, '', ''), [['c', 'a', 'b'][i] ?? '']));
  t.deepEqual(results(...ring), { a: 'fail', b: 'fail', c: 'fail' });
});

test('a check has only the documented fields', (t) => {
  for (const check of withoutFollowOnFailures([withCauses(pass('a', 'seen'), ['b'])]))
    t.deepEqual(Object.keys(check), ['name', 'result', 'seen', 'remedy']);
});
