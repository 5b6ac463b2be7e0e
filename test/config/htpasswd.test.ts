import test from 'ava';
import { parseHtpasswd } from '../../src/config/htpasswd.ts';
import { messageWithPlace, Problem } from '../../src/problem/problem.ts';
import { hashes } from '../support/hashes.ts';

const { sha512 } = hashes.verified;
const auth = { file: '/etc/local/htpasswd', group: 'login', groupFile: null } as const;

test('the third field names the groups of a user', (t) => {
  const text = `# people\n\nalice:${sha512}:admins,login\nbob:${sha512}\ncarol:${sha512}:logins\r\ndave:${sha512}: login\r\n`;
  t.deepEqual(
    parseHtpasswd(auth, text, null).map(({ user }) => user),
    ['alice', 'dave'],
  );
});

test('without a group every user of the file has access', (t) => {
  const text = `alice:${sha512}\nbob:${sha512}:anything\n`;
  t.deepEqual(parseHtpasswd({ ...auth, group: null }, text, null), [
    { user: 'alice', hash: sha512 },
    { user: 'bob', hash: sha512 },
  ]);
});

test('with a groupFile the third field does not count', (t) => {
  const text = `alice:${sha512}:login\nbob:${sha512}\nlogin:${sha512}\n`;
  const groups = 'root:x:0:\nloginless:x:5:alice\nlogin:x:503:bob,carol\n';
  t.deepEqual(
    parseHtpasswd({ ...auth, groupFile: '/etc/group' }, text, groups).map(({ user }) => user),
    ['bob'],
  );
  t.throws(() => parseHtpasswd({ ...auth, groupFile: '/etc/group' }, text, 'log:x:1:bob\n'), { message: 'it has no group login' });
});

for (const [kind, hash] of Object.entries(hashes.verified)) {
  test(`a hash that HAProxy verifies is accepted: ${kind}`, (t) => {
    t.is(parseHtpasswd({ ...auth, group: null }, `alice:${hash}\n`, null)[0]?.hash, hash);
  });
}

for (const [kind, hash] of Object.entries(hashes.refused)) {
  test(`a hash that HAProxy cannot verify is refused with its line and the remedy, and is not shown: ${kind}`, (t) => {
    const thrown = t.throws(() => parseHtpasswd(auth, `bob:${sha512}:login\nalice:${hash}:login\n`, null), { instanceOf: Problem });
    const [part] = thrown?.parts ?? [];
    t.is(part?.code, 'auth.hash');
    t.regex(
      messageWithPlace(part ?? new Problem('defect', '', '')),
      /^\/etc\/local\/htpasswd:2: HAProxy cannot verify the password of alice: it is /,
    );
    t.regex(part?.hint ?? '', /mkpasswd -m sha-512/);
    if (hash !== '') t.false(JSON.stringify([thrown?.message, thrown?.stack, part?.message, part?.hint, part?.stack]).includes(hash));
  });
}

test('all faults of the file are reported at once, each with its line', (t) => {
  const text = `alice\n:${sha512}\na b:${sha512}\nbob:${sha512}:login\nbob:${sha512}\neve:${sha512}:19000:0:99999\n`;
  const thrown = t.throws(() => parseHtpasswd(auth, text, null), { instanceOf: Problem, code: 'auth.invalid' });
  t.deepEqual(
    thrown?.parts.map(({ at, code }) => `${at?.line} ${code}`),
    ['1 auth.line', '2 auth.line', '3 auth.line', '5 auth.line', '6 auth.line'],
  );
});

test('a group without a member in the file is refused', (t) => {
  const thrown = t.throws(() => parseHtpasswd(auth, `alice:${sha512}\n`, null), { instanceOf: Problem, code: 'auth.nobody' });
  t.regex(thrown?.hint ?? '', /add :login after the hash/);
  t.throws(() => parseHtpasswd({ ...auth, group: null }, '# nobody yet\n', null), { code: 'auth.nobody' });
});
