import test from 'ava';
import fc from 'fast-check';
import { splitFrames } from '../../src/dns/tcp-framing.ts';
import { framed } from '../support/dns/fault-server.ts';

test('messages come out as they went in, however the stream is cut', (t) => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
  const cuts = fc.array(fc.nat(2000), { maxLength: 12 });
  t.notThrows(() =>
    fc.assert(
      fc.property(messages, cuts, (all, at) => {
        const stream = Buffer.concat(all.map((message) => framed(Buffer.from(message))));
        const got: string[] = [];
        const take = splitFrames((message) => got.push(message.toString('hex')));
        const places = [0, ...at.map((place) => Math.min(place, stream.length)), stream.length].sort((a, b) => a - b);
        for (const [i, place] of places.entries()) if (i > 0) take(Buffer.from(stream.subarray(places[i - 1], place)));
        return String(got) === String(all.map((message) => Buffer.from(message).toString('hex')));
      }),
    ),
  );
});

test('a message byte by byte costs no more memory than its own size', (t) => {
  const stream = framed(Buffer.alloc(65_535, 7));
  const got: Buffer[] = [];
  const take = splitFrames((message) => got.push(message));
  for (const byte of stream) take(Buffer.from([byte]));
  t.is(got.length, 1);
  t.true(got[0]?.equals(stream.subarray(2)));
  t.true((got[0]?.buffer.byteLength ?? Number.POSITIVE_INFINITY) <= stream.length);
});
