import test from 'ava';
import { type Answer, encode } from 'dns-packet';
import fc from 'fast-check';
import { type Answer as DnsAnswer, readAnswer } from '../../../src/dns/message/read-answer.ts';
import { type Message, readMessage } from '../../../src/dns/message/read-message.ts';
import { formatAddress } from '../../../src/ip/address.ts';

const name = 'web.default.svc.cluster.local';
const domain = 'cluster.local';
const end = 12 + name.length + 2 + 4;

const ttl = fc.integer({ min: 0, max: 0x7fff_ffff });
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => `${labels.join('.')}.example`);
const v4 = fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
const v6 = fc.bigInt({ min: 1n << 120n, max: (0xfen << 120n) - 1n }).map((value) => formatAddress(6, value));

function messageOf(type: 'A' | 'AAAA' | 'SRV', answers: Answer[], additionals: Answer[] = []): Message {
  const message = readMessage(encode({ type: 'response', questions: [{ type, name }], answers, additionals }), end);
  if (message === null) throw new Error('a well-formed message is not read');
  return message;
}

function addresses(answer: DnsAnswer): readonly string[] {
  return answer.kind === 'found' ? answer.addresses.map(({ text }) => text) : [];
}

test('whatever addresses are in an answer come out, in its order, with the smallest TTL', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(
        fc.constantFrom('A' as const, 'AAAA' as const),
        fc.array(fc.tuple(v4, v6, ttl), { minLength: 1, maxLength: 40 }),
        (type, all) => {
          const texts = all.map(([four, six]) => (type === 'A' ? four : six));
          const answers = all.map(([, , seconds], i): Answer => ({ type, name, ttl: seconds, data: texts[i] ?? '' }));
          const answer = readAnswer(messageOf(type, answers), { name, type }, domain);
          return (
            answer.kind === 'found' &&
            answer.ttl === Math.min(...all.map(([, , seconds]) => seconds)) &&
            String(addresses(answer)) === String(texts)
          );
        },
      ),
    ),
  );
});

test('a chain of aliases leads to the addresses of its last name, in whatever order the records come', (t) => {
  const chains = fc.uniqueArray(host, { minLength: 1, maxLength: 8 });
  t.notThrows(() =>
    fc.assert(
      fc.property(chains, v4, fc.infiniteStream(fc.nat()), (aliases, address, order) => {
        const links = aliases.map((data, i): Answer => ({ type: 'CNAME', name: i === 0 ? name : (aliases[i - 1] ?? ''), ttl: 9, data }));
        const keyed = [...links, { type: 'A' as const, name: aliases.at(-1) ?? '', ttl: 5, data: address }].map((record) => ({
          record,
          at: order.next().value,
        }));
        const records = keyed.sort((a, b) => a.at - b.at).map(({ record }) => record as Answer);
        const answer = readAnswer(messageOf('A', records), { name, type: 'A' }, domain);
        return answer.kind === 'found' && String(answer.aliases) === String(aliases) && String(addresses(answer)) === address;
      }),
    ),
  );
});

test('SRV records come out with their ports, their targets, and the addresses of Additional', (t) => {
  const service = fc.record({
    target: host,
    port: fc.integer({ min: 1, max: 65_535 }),
    four: fc.array(v4, { maxLength: 3 }),
    six: fc.array(v6, { maxLength: 2 }),
  });
  const all = fc.uniqueArray(service, { minLength: 1, maxLength: 20, selector: ({ target }) => target });
  t.notThrows(() =>
    fc.assert(
      fc.property(all, (services) => {
        const answers = services.map(
          ({ target, port }): Answer => ({ type: 'SRV', name, ttl: 5, data: { target, port, priority: 0, weight: 1 } }),
        );
        const additionals = services.flatMap(({ target, four, six }): Answer[] => [
          ...four.map((data) => ({ type: 'A' as const, name: target, ttl: 5, data })),
          ...six.map((data) => ({ type: 'AAAA' as const, name: target, ttl: 5, data })),
        ]);
        const answer = readAnswer(messageOf('SRV', answers, additionals), { name, type: 'SRV' }, domain);
        const got =
          answer.kind === 'found'
            ? answer.services.map(({ target, port, addresses: of }) => [target, port, ...of.map(({ text }) => text)])
            : [];
        return String(got) === String(services.map(({ target, port, four, six }) => [target, port, ...four, ...six]));
      }),
    ),
  );
});

test('records of another class, another name or another type are no answer, and no negative one', (t) => {
  const others: readonly Answer[] = [
    { type: 'A', name, ttl: 5, class: 'CH', data: '10.1.0.1' },
    { type: 'A', name: `other.${name}`, ttl: 5, data: '10.1.0.1' },
    { type: 'TXT', name, ttl: 5, data: 'text' },
    { type: 'CNAME', name: `other.${name}`, ttl: 5, data: name },
  ];
  for (const other of others)
    t.is(readAnswer(messageOf('A', [other]), { name, type: 'A' }, domain).kind, 'malformed', JSON.stringify(other));
});
