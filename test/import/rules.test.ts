import test from 'ava';
import { isRedirect, maxAge, readAuth, readRules } from '../../src/import/rules.ts';
import { configLines } from '../support/config-lines.ts';

const redirect = 'http-request redirect scheme https code 308 unless { ssl_fc }';
const auth = 'http-request auth realm A unless { http_auth(people) }';
const header = 'http-request del-header Authorization';
const hsts = 'http-after-response set-header Strict-Transport-Security max-age=300 if { ssl_fc }';

function read(texts: readonly string[], { mode = 'http', tls = 'all' as 'none' | 'some' | 'all', lists = ['people'] } = {}) {
  const lines = configLines(...texts);
  const { covered, ...rules } = readRules({ lines, mode, tls, lists: new Set(lists), groups: (group) => group === 'ops' });
  return { ...rules, covered: lines.filter((line) => covered.has(line)).map(({ text }) => text) };
}

test('the rules that podfront has keys for become keys, and others stay', (t) => {
  t.deepEqual(read([redirect, auth, header, 'http-request set-header X y', hsts]), {
    redirectToHttps: true,
    basicAuth: { userlist: 'people', group: null },
    hsts: 300,
    covered: [redirect, auth, header, hsts],
  });
});

const nothing = { redirectToHttps: false, basicAuth: null, hsts: null, covered: [] as string[] };

test('in mode tcp and without TLS nothing is read that would then mean something else', (t) => {
  t.deepEqual(read([redirect, auth, hsts], { mode: 'tcp' }), nothing);
  t.like(read([redirect, hsts], { tls: 'none' }), { redirectToHttps: false, hsts: null, covered: [] });
});

test('a rule behind another of its kind stays: podfront writes its own first', (t) => {
  t.deepEqual(read(['http-request deny if { path /x }', redirect, auth]), nothing);
  t.deepEqual(read(['http-after-response set-header X y', hsts]), nothing);
  t.like(read([auth, 'http-request set-header X y', header]), { covered: [auth] });
});

test('a list that is not imported, or a group that podfront would not take, leaves the rule as it is', (t) => {
  t.deepEqual(read([auth], { lists: [] }), nothing);
  const group = (name: string) => read([`http-request auth unless { http_auth_group(people) ${name} }`]);
  t.like(group('ops'), { basicAuth: { userlist: 'people', group: 'ops' } });
  t.deepEqual(group('0ps!'), nothing);
});

test('an acl by name is followed where nothing else uses it', (t) => {
  const lines = (...more: readonly string[]) => configLines('acl known http_auth(people)', 'http-request auth if !known', ...more);
  const found = (texts: ReturnType<typeof lines>) =>
    readAuth(texts[1] ?? texts[0] ?? { number: 0, text: '', words: [], comments: [] }, texts);
  t.deepEqual(found(lines())?.basicAuth, { userlist: 'people', group: null });
  t.deepEqual(
    found(lines())?.covered.map(({ number }) => number),
    [1, 2],
  );
  t.is(found(lines('http-request deny if known')), null);
  t.is(found(lines('acl known src 192.0.2.0/24')), null);
});

test('only a redirect of status 308 for what came without TLS is podfront’s own', (t) => {
  const is = (text: string) => configLines(text).every(isRedirect);
  t.true(is(redirect));
  t.true(is('http-request redirect scheme https code 308 if !{ ssl_fc }'));
  for (const other of [
    'http-request redirect scheme https unless { ssl_fc }',
    'http-request redirect scheme https code 301 unless { ssl_fc }',
    'http-request redirect scheme https code 308',
    'http-request redirect scheme https code 308 if { ssl_fc }',
  ])
    t.false(is(other), other);
});

test('of Strict-Transport-Security only max-age over TLS is read', (t) => {
  const age = (text: string, always = false) => configLines(text).map((line) => maxAge(line, always))[0];
  t.is(age(hsts), 300);
  const bare = 'http-after-response set-header Strict-Transport-Security max-age=300';
  t.is(age(bare, true), 300);
  for (const other of [
    bare,
    hsts.replace('max-age=300', 'max-age=300;includeSubDomains'),
    hsts.replace('300', '63072001'),
    hsts.replace('300', '0300'),
    hsts.replace('after-response', 'response'),
    hsts.replace('set-header', 'add-header'),
    hsts.replace('if {', 'unless {'),
  ])
    t.is(age(other), null, other);
});
