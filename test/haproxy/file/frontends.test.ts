import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { Listen } from '../../../src/config/config.ts';
import { alertsIn } from '../../../src/haproxy/file/check-alerts.ts';
import { frontendsOf } from '../../../src/haproxy/file/frontends.ts';
import { renderer } from '../../../src/haproxy/file/render.ts';
import { listenBlocks } from '../../../src/haproxy/file/sections.ts';
import { readSlots, withoutSeeds } from '../../../src/haproxy/file/slot-lines.ts';
import { readTemplates } from '../../../src/haproxy/load-templates.ts';
import { assumedVersion, parseVersion } from '../../../src/haproxy-syntax/version.ts';
import { type DesiredFileInput, desiredFile } from '../../../src/plan/desired-file.ts';
import { problem } from '../../../src/problem/problem.ts';
import { config, listen, observed } from '../../support/config-sample.ts';
import { hashes } from '../../support/hashes.ts';

const version = parseVersion('2.6');
const accounts = new Map([['shop', [{ user: 'alice', hash: hashes.verified.sha512 }]]]);
const parts = readTemplates(fileURLToPath(new URL('../../../', import.meta.url)), null);
const render = renderer(parts, assumedVersion, accounts);
const basicAuth = { file: '/htpasswd', group: 'login', groupFile: null };
const shop = listen({ name: 'shop', mode: 'http', hosts: ['shop.example.org'], basicAuth });
const wiki = listen({ name: 'wiki', mode: 'http', hosts: ['*.example.org', '*.wiki.example.org', 'wiki.example.net'] });
const rest = listen({ name: 'rest', mode: 'http' });
const alone = listen({ name: 'alone', binds: [] });

test('listens on one address have one frontend: exact names first, then the longest ends, then the one without names', (t) => {
  const [only, ...others] = frontendsOf([wiki, alone, rest, shop]);
  t.deepEqual(others, []);
  t.is(only?.name, '_shared_wiki');
  t.is(only?.fallback, 'rest');
  t.deepEqual(
    only?.routes.map(({ host, below, listen: to }) => `${below ? 'below ' : ''}${host} > ${to}`),
    ['wiki.example.net > wiki', 'shop.example.org > shop', 'below .wiki.example.org > wiki', 'below .example.org > wiki'],
  );
});

test('a listen without names that shares with nobody has no frontend', (t) => {
  t.deepEqual(frontendsOf([rest, alone]), []);
});

test('every certificate of an address is in its one bind', (t) => {
  const at = (crt: string) => listen().binds.map((bind) => ({ ...bind, tls: { crt, alpn: ['h2'] } }));
  const listens = [
    { ...shop, binds: at('/a.pem'), basicAuth: null },
    { ...wiki, binds: at('/b.pem') },
    { ...rest, binds: at('/a.pem') },
  ];
  t.regex(text(listens), /^frontend _shared_shop\n {4}bind 127\.0\.0\.1:8443 ssl crt \/a\.pem crt \/b\.pem alpn h2\n {4}mode http\n/m);
});

test('servers behind a shared frontend keep their slots, and only a new seed is no change of shape', (t) => {
  const first = text([shop, wiki], ['127.1.0.1', '127.1.0.2']);
  t.deepEqual(
    [...readSlots(first)].map(([name, { count, pods }]) => [name, count, [...pods.values()].map(({ address }) => address)]),
    [
      ['shop', 20, ['127.1.0.1', '127.1.0.2']],
      ['wiki', 20, ['127.1.0.1', '127.1.0.2']],
    ],
  );
  const second = text([shop, wiki], ['127.1.0.2', '127.1.0.9'], first);
  t.deepEqual(
    [...(readSlots(second).get('shop')?.pods.entries() ?? [])].map(([slot, { address }]) => [slot, address]),
    [
      [1, '127.1.0.9'],
      [2, '127.1.0.2'],
    ],
  );
  t.is(withoutSeeds(first), withoutSeeds(second));
  t.not(withoutSeeds(first), withoutSeeds(first.replace('$6$', '$5$')), 'another password is read with a reload only');
});

test('what HAProxy says of a backend or of a userlist is reported for the listen, without hashes', (t) => {
  const made = text([shop, wiki]);
  const numberOf = (line: RegExp) => 1 + made.split('\n').findIndex((one) => line.test(one));
  const said = [/^backend wiki/, /user alice/, /^frontend/].map(
    (line) => `[ALERT] (1) : parsing [/f:${numberOf(line)}] : 'user alice password ${hashes.verified.sha512}' is bad`,
  );
  const alerts = alertsIn(said.join('\n'), '/f', made, config([shop, wiki]));
  t.deepEqual(
    alerts.map((alert) => alert.listen),
    ['wiki', 'shop', null],
  );
  t.false(JSON.stringify(alerts).includes('$6$'));
});

test('a listen that cannot be written keeps what it was with its users; the frontend always has where to lead', (t) => {
  const before = text([shop, wiki], ['127.1.0.1']);
  const failed = problem('dns.none-ready', { service: 'x' });
  const setup = config([shop, wiki]);
  const input: DesiredFileInput = {
    ...{ config: setup, observations: [observed(wiki, ['127.1.0.1'])], failing: new Map([['shop', failed]]) },
    ...{ currentFile: before, version, render },
  };
  t.is(desiredFile(input).text, before);
  const block = listenBlocks(before).get('shop') ?? '';
  t.regex(block, /^\nbackend shop\n[\s\S]*\nuserlist _users_shop\n {4}group login\n {4}user alice password \$6\$\S+ groups login\n$/);
  t.is(listenBlocks(desiredFile({ ...input, currentFile: null }).text).get('shop'), '\nbackend shop\n    mode http\n');
  const unshared = before.replace('\nbackend shop\n', '\nlisten shop\n    bind 127.0.0.1:8443\n');
  t.is(listenBlocks(desiredFile({ ...input, currentFile: unshared }).text).get('shop'), '\nbackend shop\n    mode http\n');
});

test('templates of the user that leave the password out are refused', (t) => {
  const own = renderer(new Map([...parts, ['listen', '\nlisten {{name}}\n    mode {{mode}}\n']]), assumedVersion, accounts);
  t.throws(() => made([shop], [], null, own), { code: 'auth.left-out' });
  t.throws(() => made([shop], [], null, renderer(parts, assumedVersion)), { code: 'defect' });
});

function text(listens: readonly Listen[], pods: readonly string[] = [], current: string | null = null): string {
  return made(listens, pods, current, render);
}

function made(listens: readonly Listen[], pods: readonly string[], current: string | null, with_: typeof render): string {
  const observations = listens.map((one) => observed(one, pods));
  return desiredFile({ config: config(listens), observations, currentFile: current, version, render: with_ }).text;
}
