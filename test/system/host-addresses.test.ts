import { networkInterfaces } from 'node:os';
import test from 'ava';
import { hostAddresses } from '../../src/system/host-addresses.ts';

test('the addresses of all interfaces are there, loopback included, of both families', (t) => {
  const found = hostAddresses();
  t.true(found.some(({ text, family }) => text === '127.0.0.1' && family === 4));
  const reported = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  t.is(found.length, reported.length);
  for (const family of [4, 6] as const)
    t.is(found.filter((one) => one.family === family).length, reported.filter((one) => one.family === `IPv${family}`).length);
});
