import test from 'ava';
import { built } from '../support/dns/built-message.ts';
import { checkedResponse } from '../support/dns/checked-response.ts';
import { mutated } from '../support/dns/mutated-message.ts';
import { randomFrom } from '../support/dns/random.ts';
import { type Exchange, recordedExchanges } from '../support/dns/recorded-exchange.ts';

const exchanges = recordedExchanges();

/** How often each kind of response came out of 10,000 messages. */
function counted(make: (exchange: Exchange, other: Exchange, random: (below: number) => number) => Buffer): Map<string, number> {
  const random = randomFrom(20_260_101);
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const exchange = exchanges[random(exchanges.length)];
    const other = exchanges[random(exchanges.length)];
    if (exchange === undefined || other === undefined) throw new Error('nothing is recorded');
    const { kind } = checkedResponse(exchange, make(exchange, other, random));
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

test('of 10,000 mutated messages none throws, no forgery is accepted, and nothing malformed comes out', (t) => {
  const counts = counted((exchange, other, random) => mutated(exchange.response, other.response, random));
  t.true((counts.get('dropped') ?? 0) > 5000);
  t.true((counts.get('found') ?? 0) > 100);
});

test('of 10,000 messages built from parts that are right and wrong none throws, and nothing malformed comes out', (t) => {
  const counts = counted((exchange, _, random) => built(exchange, random));
  t.true((counts.get('dropped') ?? 0) > 3000);
  t.true((counts.get('found') ?? 0) > 100);
  t.true((counts.get('empty') ?? 0) > 50);
});

test('every recorded response is accepted as it is, so that mutations start from well-formed ones', (t) => {
  for (const exchange of exchanges) {
    const { type, name } = exchange.query.question;
    t.not(checkedResponse(exchange, exchange.response).kind, 'dropped', `${type} ${name}`);
  }
});
