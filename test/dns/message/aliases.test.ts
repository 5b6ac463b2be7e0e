import test from 'ava';
import { followAliases } from '../../../src/dns/message/aliases.ts';
import { recordType, type WireRecord } from '../../../src/dns/message/read-message.ts';

/** The records of `FROM -> TO` lines, with a TTL each; a target of `!` is written as bytes that are no name. */
function followed(name: string, ...links: readonly (readonly [from: string, to: string, ttl?: number])[]) {
  const parts: Buffer[] = [Buffer.alloc(12)];
  let length = 12;
  const write = (text: string): number => {
    const at = length;
    const bytes =
      text === '!'
        ? Buffer.from([3, 0x61, 0x20, 0x62, 0])
        : Buffer.concat([...text.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
    parts.push(bytes);
    length += bytes.length;
    return at;
  };
  const records = links.map(([from, to, ttl = 30]): WireRecord => {
    const owner = write(from);
    const data = write(to);
    return { owner, type: recordType.CNAME, class: 1, ttl, data, end: length };
  });
  return followAliases(Buffer.concat(parts), records, name);
}

test('without an alias the name itself has the records', (t) => {
  t.like(followed('web.example.org'), { aliases: [], owner: 'web.example.org' });
  t.like(followed('web.example.org', ['other.example.org', 'x.example.org']), { aliases: [], owner: 'web.example.org' });
});

test('aliases are followed in whatever order they come, and the smallest TTL counts', (t) => {
  const chain = followed('a.example.org', ['b.example.org', 'c.example.org', 7], ['A.example.org', 'b.example.org', 20]);
  t.deepEqual(chain, { aliases: ['b.example.org', 'c.example.org'], owner: 'c.example.org', ttl: 7 });
});

test('a chain that goes in a circle, is longer than eight or forks leads nowhere', (t) => {
  t.is(followed('a.org', ['a.org', 'b.org'], ['b.org', 'a.org']), 'its aliases for a.org never end');
  t.is(followed('a.org', ['a.org', 'b.org'], ['b.org', 'b.org']), 'its aliases for a.org never end');
  const chain = (length: number) => followed('n0.org', ...Array.from({ length }, (_, i) => [`n${i}.org`, `n${i + 1}.org`] as const));
  t.like(chain(8), { owner: 'n8.org' });
  t.is(chain(9), 'its aliases for n0.org never end');
  t.is(followed('a.org', ['a.org', 'b.org'], ['a.org', 'c.org']), 'it has two aliases for a.org');
});

test('an alias for something that is no host name is refused', (t) => {
  t.is(followed('a.org', ['a.org', '!']), 'its alias for a.org is no host name');
  t.is(followed('a.org', ['a.org', '_tcp.example.org']), 'its alias for a.org is no host name');
  t.is(followed('a.org', ['a.org', '10.0.0.1']), 'its alias for a.org is no host name');
});
