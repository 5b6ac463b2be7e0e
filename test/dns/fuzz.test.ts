import test from 'ava';
import { dice, judged, mutated, seeds } from '../support/dns/mutate.ts';

test('of 10,000 mutated messages none throws, none that is forged is accepted, and nothing unsound comes out', (t) => {
  const all = seeds();
  const roll = dice(20_260_101);
  const seen = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const one = all[roll(all.length)];
    const other = all[roll(all.length)];
    if (one === undefined || other === undefined) return t.fail();
    const kind = judged(one, mutated(one.response, other.response, roll))?.kind ?? 'dropped';
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
  }
  t.true((seen.get('dropped') ?? 0) > 5000);
  t.true((seen.get('found') ?? 0) > 100);
});

test('every recorded message is taken as it is, so that the mutations start from sound ones', (t) => {
  for (const seed of seeds()) {
    const cut = (seed.response.readUInt8(2) & 2) !== 0;
    t.is(judged(seed, seed.response) === null, cut, `${seed.query.question.type} ${seed.query.question.name}`);
  }
});
