import test from 'ava';
import { decode } from 'dns-packet';
import { encodeQuery, payloadSize, type Query, withId } from '../../src/dns/query.ts';

function query(name: string): Query {
  const encoded = encodeQuery({ name, type: 'SRV' });
  if (encoded === null) throw new Error('it can be asked');
  return encoded;
}

test('a question becomes a message in lower case, with EDNS and recursion desired', (t) => {
  const { bytes, end, large, repeated, probesCase } = query('_HTTP._tcp.Web.example.org');
  const message = decode(bytes);
  t.deepEqual(message.questions, [{ name: '_http._tcp.web.example.org', type: 'SRV', class: 'IN' }]);
  t.true(message.flag_rd);
  t.like(message.additionals?.[0], { type: 'OPT', udpPayloadSize: payloadSize });
  t.is(end, bytes.length - 11, 'what follows the question is the OPT record');
  t.deepEqual([large, repeated, probesCase], [false, false, false]);
});

test('a name that cannot be asked is no query', (t) => {
  for (const name of ['', '.', 'a b.example.org', 'web.example.org.', `${'a'.repeat(64)}.example.org`, 'ä.example.org'])
    t.is(encodeQuery({ name, type: 'A' }), null, name);
});

test('each copy has the id it is given, and the original has none', (t) => {
  const one = query('web.example.org');
  const copy = withId(one, 0xbeef, { randomCase: false, edns: true });
  t.is(copy.readUInt16BE(0), 0xbeef);
  t.is(one.bytes.readUInt16BE(0), 0);
  t.deepEqual(copy.subarray(2), one.bytes.subarray(2));
});

test('without EDNS the message ends with its question', (t) => {
  const one = query('web.example.org');
  const copy = withId(one, 7, { randomCase: false, edns: false });
  t.is(copy.length, one.end);
  t.deepEqual(decode(copy).additionals, []);
  t.deepEqual(decode(copy).questions, decode(one.bytes).questions);
});

test('in random case only letters of the name differ, and both cases occur', (t) => {
  const one = query('a-z0-9.abcdefghijklmnopqrstuvwxyz.example.org');
  const names = Array.from({ length: 20 }, (_, id) => withId(one, id, { randomCase: true, edns: true }));
  for (const copy of names) {
    t.is(copy.toString('latin1', 2).toLowerCase(), one.bytes.toString('latin1', 2).toLowerCase());
    t.deepEqual(copy.subarray(one.end - 4, one.end), one.bytes.subarray(one.end - 4, one.end));
  }
  const text = names.map((copy) => copy.toString('latin1', 13, one.end - 5)).join('');
  t.regex(text, /[A-Z]/);
  t.regex(text, /[a-z]/);
});
