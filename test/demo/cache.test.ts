import test from 'ava';
import { caching } from '../../demo/cache.ts';
import type { Reply } from '../../demo/dns-message.ts';
import { parseAddress } from '../../src/ip/address.ts';

function reply(text: string, ttl: number): Reply {
  const address = parseAddress(text);
  if (address === null) throw new Error(text);
  const answers = [{ name: ['web'], ttl, data: { type: 'A' as const, address } }];
  return { rcode: 0, authoritative: true, answers, authority: [], additional: [] };
}

test('an answer is repeated with a falling TTL, and asked for again when it has expired', (t) => {
  let now = 0;
  let asked = 0;
  const cache = caching(() => now);
  const ttls = [0, 999, 1000, 2999, 3000].map((at) => {
    now = at;
    return cache('web A', () => reply(`127.0.0.${++asked}`, 3)).answers[0]?.ttl;
  });
  t.deepEqual(ttls, [3, 3, 2, 1, 3]);
  t.is(asked, 2);
});

test('each question is kept by itself, and what is kept is no longer authoritative', (t) => {
  const cache = caching(() => 0);
  const first = cache('a A', () => reply('127.0.0.1', 5));
  const other = cache('b A', () => reply('127.0.0.2', 5));
  const again = cache('a A', () => reply('127.0.0.3', 5));
  t.deepEqual([first.authoritative, other.authoritative, again.authoritative], [true, true, false]);
  t.deepEqual(again.answers, first.answers);
});
