import test from 'ava';
import { runtimeObstacle } from '../../src/haproxy-syntax/runtime-servers.ts';
import { parseVersion } from '../../src/haproxy-syntax/version.ts';

const needs = (text: string, balance = 'leastconn', hashType = '') => ({
  balance: balance.split(' '),
  hashType: hashType === '' ? [] : hashType.split(' '),
  options: text === '' ? [] : text.split(' '),
});

const table: readonly (readonly [string, ReturnType<typeof needs>, string, string | null])[] = [
  ['nothing but an address', needs(''), '2.6', null],
  ['before 2.6', needs(''), '2.5', 'HAProxy 2.5 adds no servers at run time'],
  [
    'what podfront writes',
    needs('observe layer4 error-limit 1 on-error mark-down rise 1 downinter 200ms check ssl verify none'),
    '2.6',
    null,
  ],
  ['a cookie', needs('check cookie a'), '2.6', 'HAProxy 2.6 takes no cookie at run time'],
  ['a cookie, later', needs('check cookie a'), '3.0', null],
  ['init-state', needs('init-state down'), '3.0', 'HAProxy 3.0 takes no init-state at run time'],
  ['init-state, later', needs('init-state down'), '3.1', null],
  ['a keyword that nobody knows', needs('frobnicate'), '3.4', 'HAProxy 3.4 takes no frobnicate at run time'],
  ['a name of Object.prototype', needs('constructor'), '3.4', 'HAProxy 3.4 takes no constructor at run time'],
  ['a value that is missing', needs('check weight'), '2.6', 'weight cannot be given at run time as it is written'],
  ['a value that would end the command', needs('sni str(a);shutdown'), '2.6', 'sni cannot be given at run time as it is written'],
  ['static-rr', needs('', 'static-rr', 'consistent'), '3.4', 'balance static-rr takes no servers at run time'],
  ['source', needs('', 'source'), '2.6', 'balance source takes no servers at run time without hash-type consistent'],
  ['source, consistent', needs('', 'source', 'consistent djb2'), '2.6', null],
  ['random(2)', needs('', 'random(2)'), '2.6', null],
  ['hdr(host)', needs('', 'hdr(host)', 'map-based'), '2.6', 'balance hdr takes no servers at run time without hash-type consistent'],
];

for (const [what, of, version, obstacle] of table) {
  test(`${what}, HAProxy ${version}`, (t) => t.is(runtimeObstacle(of, parseVersion(version)), obstacle));
}
