import test from 'ava';
import { addressOfRecord, readText } from '../../../src/dns/message/rdata.ts';
import { recordType } from '../../../src/dns/message/read-message.ts';

function record(type: number, rdata: readonly number[]) {
  const bytes = Buffer.from([9, 9, ...rdata, 9]);
  return [bytes, { owner: 0, type, class: 1, ttl: 5, data: 2, end: 2 + rdata.length }] as const;
}
const four = (...octets: readonly number[]) => addressOfRecord(...record(recordType.A, octets))?.text ?? null;
const six = (...groups: readonly number[]) =>
  addressOfRecord(
    ...record(
      recordType.AAAA,
      groups.flatMap((group) => [group >> 8, group & 255]),
    ),
  )?.text ?? null;

test('addresses of both families are read from where the record has them', (t) => {
  t.is(four(10, 1, 0, 255), '10.1.0.255');
  t.is(four(223, 255, 255, 254), '223.255.255.254');
  t.is(six(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), '2001:db8::1');
});

test('an address to which nothing can connect is rejected', (t) => {
  for (const octets of [
    [0, 0, 0, 0],
    [0, 1, 2, 3],
    [224, 0, 0, 1],
    [255, 255, 255, 255],
  ])
    t.is(four(...octets), null, octets.join('.'));
  t.is(six(0, 0, 0, 0, 0, 0, 0, 0), null);
  t.is(six(0xff02, 0, 0, 0, 0, 0, 0, 1), null);
  t.is(six(0, 0, 0, 0, 0, 0xffff, 0x0a01, 1), null);
});

test('the strings of a text are put together, and a length beyond the record is no text', (t) => {
  const text = (...rdata: readonly number[]) => readText(...record(recordType.TXT, rdata));
  t.is(text(2, 0x31, 0x2e, 1, 0x31), '1.1');
  t.is(text(0), '');
  t.is(text(), null);
  t.is(text(3, 0x31, 0x2e), null);
  t.is(text(1, 0x31, 5), null);
});
