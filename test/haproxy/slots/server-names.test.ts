import test from 'ava';
import { serverNames } from '../../../src/haproxy/slots/server-names.ts';
import type { Endpoint } from '../../../src/source/observation.ts';
import { endpoint } from '../../support/config-sample.ts';

function pod(address: string, name: string | null): Endpoint {
  return { ...endpoint(address), details: { pod: name, node: null, zone: null, ready: true, draining: false } };
}

test('a server is named after its pod, and podN where there is no name', (t) => {
  t.deepEqual(serverNames([pod('10.1.0.1', 'web-5d4f-x7k2p'), pod('10.1.0.2', null), pod('10.1.0.3', null)], new Map()), [
    'web-5d4f-x7k2p',
    'pod1',
    'pod2',
  ]);
});

test('a name that is taken, or is the one of the Service, is not given twice', (t) => {
  t.deepEqual(
    serverNames([pod('10.1.0.1', 'web'), pod('10.1.0.2', 'web'), pod('10.1.0.3', 'service'), pod('10.1.0.4', 'pod1')], new Map()),
    ['web', 'pod2', 'pod3', 'pod1'],
  );
});

test('what HAProxy would not take as the name of a server becomes podN', (t) => {
  const names = ['a b', 'a\nserver x 192.0.2.1:1', '', '-a', 'a'.repeat(254), 'Ä', 'a#b'];
  t.deepEqual(
    serverNames(
      names.map((name, i) => pod(`10.1.0.${i + 1}`, name)),
      new Map(),
    ),
    names.map((_, i) => `pod${i + 1}`),
  );
});

test('a podN of the current file stays with its address when others come and go', (t) => {
  const current = new Map([
    ['10.1.0.2:443', 'pod2'],
    ['10.1.0.3:443', 'pod3'],
    ['10.1.0.4:443', 'node1'],
  ]);
  t.deepEqual(serverNames([pod('10.1.0.1', null), pod('10.1.0.3', null), pod('10.1.0.4', null)], current), ['pod1', 'pod3', 'pod2']);
});
