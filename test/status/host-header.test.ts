import test from 'ava';
import { isAddressedDirectly } from '../../src/status/host-header.ts';

test('An address and localhost are asked for directly, with a port and without, and so is nothing at all', (t) => {
  for (const host of [undefined, '127.0.0.1', '127.0.0.1:9180', '[::1]', '[::1]:9180', '198.51.100.2:80', 'localhost', 'LocalHost:9180'])
    t.true(isAddressedDirectly(host), host);
});

test("Any name may be somebody else's, also one that looks like an address", (t) => {
  for (const host of [
    'example.org',
    'example.org:9180',
    'localhost.example.org',
    '127.0.0.1.example.org',
    '127.1',
    '[127.0.0.1]',
    '[::1]example.org',
    '::1',
    'localhost:',
    'localhost:x',
    'user@localhost',
    '127.0.0.1, example.org',
    '',
  ])
    t.false(isAddressedDirectly(host), host);
});
