import test from 'ava';
import { checkAddresses } from '../../src/source/check-addresses.ts';
import type { AddressClassifier } from '../../src/source/classify-address.ts';
import { endpoint, listen } from '../support/config-sample.ts';

const classify: AddressClassifier = ({ text }) =>
  text.startsWith('10.1.')
    ? { kind: 'pod' }
    : text.startsWith('169.254.')
      ? { kind: 'forbidden', why: 'a link-local address' }
      : { kind: 'outside' };

function checked(outside: boolean, ...texts: string[]) {
  const endpoints = texts.map(endpoint);
  return checkAddresses('web', listen({ outside }), { endpoints, serviceAddresses: endpoints.map(({ address }) => address) }, classify);
}

test('addresses of the cluster are used as they are', (t) => {
  const it = checked(false, '10.1.0.1', '10.1.0.2');
  t.like(it, { kind: 'usable', leftOut: [], warnings: [] });
  t.is(it.kind === 'usable' && it.endpoints.length, 2);
});

test('addresses outside are left out, sorted, and a warning names three of them', (t) => {
  const it = checked(false, '203.0.113.10', '203.0.113.9', '10.1.0.1', '203.0.113.8', '203.0.113.7');
  if (it.kind !== 'usable') return t.fail();
  t.deepEqual(
    it.endpoints.map(({ address }) => address.text),
    ['10.1.0.1'],
  );
  t.deepEqual(
    it.serviceAddresses.map(({ text }) => text),
    ['10.1.0.1'],
  );
  t.deepEqual(
    it.leftOut.map(({ text }) => text),
    ['203.0.113.7', '203.0.113.8', '203.0.113.9', '203.0.113.10'],
  );
  t.is(it.warnings[0]?.code, 'dns.outside-networks');
  t.regex(it.warnings[0]?.message ?? '', /: 203\.0\.113\.7, 203\.0\.113\.8, 203\.0\.113\.9, 1 more$/);
});

test('with nothing but addresses outside the answer has failed, and the remedy is outside: true', (t) => {
  const it = checked(false, '203.0.113.7');
  t.is(it.kind === 'failed' ? it.problem.code : it.kind, 'dns.only-outside');
  t.regex(it.kind === 'failed' ? it.problem.hint : '', /outside: true/);
  t.is(it.leftOut.length, 1);
  t.like(checked(true, '203.0.113.7'), { kind: 'usable', leftOut: [] });
});

test('one forbidden address makes the answer fail, whatever the listen says', (t) => {
  for (const outside of [false, true]) {
    const it = checked(outside, '10.1.0.1', '169.254.169.254');
    t.is(it.kind === 'failed' ? it.problem.code : it.kind, 'dns.forbidden-address');
    t.regex(it.kind === 'failed' ? it.problem.message : '', /169\.254\.169\.254, a link-local address/);
  }
});
