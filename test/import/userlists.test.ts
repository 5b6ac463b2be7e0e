import test from 'ava';
import { isGroup, userlistOf, usersFileName } from '../../src/import/userlists.ts';
import { configLines } from '../support/config-lines.ts';

const hash = '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/';
const read = (...texts: readonly string[]) =>
  userlistOf({ keyword: 'userlist', name: 'people', from: null, number: 1, lines: configLines(...texts), comments: [] }, null);
const whyNot = (...texts: readonly string[]) => {
  const list = read(...texts);
  return list.kind === 'unreadable' ? list.why : list.kind;
};

test('users and their groups become an htpasswd file, from whichever side they are named', (t) => {
  const list = read(
    'group ops users a,b',
    'group all',
    `user a password ${hash}`,
    `user b password ${hash} groups all`,
    `user c password ${hash}`,
  );
  if (list.kind !== 'readable') return t.fail(list.why);
  t.is(list.htpasswd, `a:${hash}:ops\nb:${hash}:all,ops\nc:${hash}\n`);
  const users = (group: string | null) => list.accounts(group).map(({ user }) => user);
  t.deepEqual([users(null), users('ops'), users('all')], [['a', 'b', 'c'], ['a', 'b'], ['b']]);
});

for (const [why, ...texts] of [
  ['the password of a is in clear text', 'user a insecure-password secret'],
  ['its line 2 is not understood', `user a password ${hash}`, `user a password ${hash}`],
  ['its line 1 is not understood', `user a password ${hash} groups ops more`],
  ['its line 1 is not understood', 'something else'],
  ['its group ops has the user b, who is not there', 'group ops users b'],
  ['0ps! is not the name of a group in podfront', `user a password ${hash} groups 0ps!`],
] as const)
  test(`a list cannot be read where ${why}: ${texts.map(([first]) => first).join('')}${texts.length}`, (t) => {
    t.is(whyNot(...texts), why);
  });

test('a password that podfront cannot use leaves the list unread, and is not shown', (t) => {
  const why = whyNot('user a password plainly-not-a-hash');
  t.not(why, 'readable');
  t.false(why.includes('plainly'));
});

test('names of groups are those that podfront takes', (t) => {
  t.deepEqual(['ops', '_ops.x-1', '', '1ops', 'a b'].map(isGroup), [true, true, false, false, false]);
});

test('two lists never share a file', (t) => {
  t.is(usersFileName('people'), 'people.htpasswd');
  t.is(usersFileName('a/b'), 'a.2fb.htpasswd');
  t.not(usersFileName('a.b'), usersFileName('a/b'));
});
