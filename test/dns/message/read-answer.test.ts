import test from 'ava';
import { type Answer, encode } from 'dns-packet';
import fc from 'fast-check';
import { plainAnswer, plainRecords } from '../../../src/dns/message/address-answer.ts';
import { type ParsedResponse, readAnswer } from '../../../src/dns/message/read-answer.ts';
import { type Message, readMessage } from '../../../src/dns/message/read-message.ts';
import { lastOf, lastOfPlain, reordered, repeated, settled } from '../../../src/dns/message/same-answer.ts';
import { formatAddress } from '../../../src/ip/address.ts';

const name = 'web.default.svc.cluster.local';
const end = 12 + name.length + 2 + 4;

const ttl = fc.integer({ min: 0, max: 0x7fff_ffff });
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => `${labels.join('.')}.example`);
const v4 = fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
const v6 = fc.bigInt({ min: 1n << 120n, max: (0xfen << 120n) - 1n }).map((value) => formatAddress(6, value));

function messageOf(type: 'A' | 'AAAA' | 'SRV', answers: Answer[], additionals: Answer[] = []): Message {
  const message = readMessage(encode({ type: 'response', questions: [{ type, name }], answers, additionals }), end);
  if (message === null) throw new Error('a sound message is not read');
  return message;
}

function addresses(meaning: ParsedResponse): readonly string[] {
  return meaning.kind === 'found' ? meaning.addresses.map(({ text }) => text) : [];
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
          const meaning = readAnswer(messageOf(type, answers), { name, type });
          return (
            meaning.kind === 'found' &&
            meaning.ttl === Math.min(...all.map(([, , seconds]) => seconds)) &&
            String(addresses(meaning)) === String(texts)
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
        const meaning = readAnswer(messageOf('A', records), { name, type: 'A' });
        return meaning.kind === 'found' && String(meaning.aliases) === String(aliases) && String(addresses(meaning)) === address;
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
        const meaning = readAnswer(messageOf('SRV', answers, additionals), { name, type: 'SRV' });
        const got =
          meaning.kind === 'found'
            ? meaning.services.map(({ target, port, addresses: of }) => [target, port, ...of.map(({ text }) => text)])
            : [];
        return String(got) === String(services.map(({ target, port, four, six }) => [target, port, ...four, ...six]));
      }),
    ),
  );
});

test('an answer that differs in its TTLs alone is the last one again, with the TTL of now; any other byte makes it another', (t) => {
  const answers = ['10.1.0.1', '10.1.0.2', '10.1.0.3'].map((data): Answer => ({ type: 'A', name, ttl: 30, data }));
  const first = messageOf('A', answers);
  const meaning = readAnswer(first, { name, type: 'A' });
  if (meaning.kind !== 'found') return t.fail();
  const last = lastOf(first, meaning);
  const later = messageOf(
    'A',
    answers.map((record) => ({ ...record, ttl: 7 }) as Answer),
  ).bytes;
  later.writeUInt16BE(4711, 0);
  t.is(repeated(last, later, end)?.addresses, meaning.addresses);
  t.is(repeated(last, later, end)?.ttl, 7);
  const ttls = new Set(last.ttls.flatMap((at) => [at, at + 1, at + 2, at + 3]));
  for (let at = 2; at < later.length; at++) {
    if (ttls.has(at) || (at >= 12 && at < end)) continue;
    const changed = Buffer.from(later);
    changed[at] = (changed[at] ?? 0) ^ 1;
    t.is(repeated(last, changed, end), null, `byte ${at}`);
  }
});

test('the same addresses in another order are the same; one more, one less, one other or one twice are not', (t) => {
  const read = (...texts: string[]) => {
    const meaning = readAnswer(
      messageOf(
        'A',
        texts.map((data) => ({ type: 'A', name, ttl: 5, data })),
      ),
      { name, type: 'A' },
    );
    if (meaning.kind !== 'found') throw new Error('nothing is found');
    return meaning;
  };
  const last = read('10.1.0.1', '10.1.0.2', '10.1.0.3');
  t.is(settled(last, read('10.1.0.3', '10.1.0.1', '10.1.0.2')).addresses, last.addresses);
  for (const other of [
    ['10.1.0.1', '10.1.0.2'],
    ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4'],
    ['10.1.0.1', '10.1.0.2', '10.1.0.4'],
    ['10.1.0.1', '10.1.0.1', '10.1.0.2'],
  ]) {
    t.not(settled(last, read(...other)).addresses, last.addresses);
  }
});

/** The same answer with each owner as a pointer to the question (RFC 1035, 4.1.4). */
function pointing({ bytes, answers }: Message): Buffer {
  const records = answers.flatMap(({ data, end }) => [Buffer.from([0xc0, 0x0c]), bytes.subarray(data - 10, end)]);
  return Buffer.concat([bytes.subarray(0, end), ...records]);
}

test('plain answers mean what they mean read in full, whether their owners are pointers or written out', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.constantFrom('A' as const, 'AAAA' as const), fc.array(fc.tuple(v4, v6, ttl), { minLength: 1 }), (type, all) => {
        const whole = messageOf(
          type,
          all.map(([four, six, seconds]): Answer => ({ type, name, ttl: seconds, data: type === 'A' ? four : six })),
        );
        const meaning = readAnswer(whole, { name, type });
        return [whole.bytes, pointing(whole)].every((bytes) => {
          const records = plainRecords(bytes, end, type);
          const plain = records && plainAnswer(bytes, records, type);
          return (
            plain !== null &&
            meaning.kind === 'found' &&
            plain.ttl === meaning.ttl &&
            String(addresses(plain)) === String(addresses(meaning))
          );
        });
      }),
    ),
  );
});

test('an answer with another owner, an alias or a byte too many is not plain', (t) => {
  const record: Answer = { type: 'A', name, ttl: 5, data: '10.1.0.1' };
  const { bytes } = messageOf('A', [record, record]);
  t.not(plainRecords(bytes, end, 'A'), null);
  t.is(plainRecords(bytes, end, 'AAAA'), null);
  t.is(plainRecords(Buffer.concat([bytes, Buffer.alloc(1)]), end, 'A'), null);
  t.is(plainRecords(bytes.subarray(0, -1), end, 'A'), null);
  t.is(plainRecords(messageOf('A', [record, { ...record, name: `a${name.slice(1)}` }]).bytes, end, 'A'), null);
  t.is(plainRecords(messageOf('A', [{ type: 'CNAME', name, ttl: 5, data: 'a.example' }]).bytes, end, 'A'), null);
  t.is(plainRecords(pointing(messageOf('A', [record])).fill(0xc0, end, end + 2), end, 'A'), null);
});

test('plain answers with the same addresses in another order are the last one, with the TTL of now; any other is not', (t) => {
  const plain = (seconds: number, ...texts: string[]) => {
    const { bytes } = messageOf(
      'A',
      texts.map((data) => ({ type: 'A', name, ttl: seconds, data })),
    );
    const records = plainRecords(bytes, end, 'A');
    const found = records && plainAnswer(bytes, records, 'A');
    if (records === null || found === null) throw new Error('a plain answer is not read');
    return { bytes, records, found };
  };
  const first = plain(5, '10.1.0.1', '10.1.0.2', '200.1.0.3');
  const last = lastOfPlain(first.bytes, first.records, first.found);
  const again = plain(3, '200.1.0.3', '10.1.0.1', '10.1.0.2');
  t.is(reordered(last, again.bytes, again.records)?.addresses, first.found.addresses);
  t.is(reordered(last, again.bytes, again.records)?.ttl, 3);
  for (const texts of [
    ['10.1.0.1', '10.1.0.2'],
    ['10.1.0.1', '10.1.0.2', '200.1.0.3', '10.1.0.4'],
    ['10.1.0.1', '10.1.0.2', '200.1.0.4'],
    ['10.1.0.1', '10.1.0.1', '10.1.0.2'],
  ]) {
    const other = plain(5, ...texts);
    t.is(reordered(last, other.bytes, other.records), null, texts.join());
  }
});
