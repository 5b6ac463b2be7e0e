import test from 'ava';
import fc from 'fast-check';
import { initialPace, nextPoll, type PollPace } from '../../../src/source/dns/poll-interval.ts';

const poll = 1000;

/** Asks at the times the pace says, of a server that answers with `ttlAt(time)`; returns the times and the last pace. */
function asked(until: number, ttlAt: (at: number) => number | null, chance = 0.5, every = poll) {
  const times: number[] = [];
  let pace: PollPace = initialPace;
  for (let at = 0; at < until; ) {
    times.push(at);
    const next = nextPoll(pace, { at, ttl: ttlAt(at) }, every, chance);
    pace = next.pace;
    at = next.dueAt;
  }
  return { times, pace };
}

test('an answer whose TTL stays put is authoritative: it is asked for at pace.poll, however long the TTL', (t) => {
  for (const ttl of [5, 30, 3600]) {
    const { times, pace } = asked(60_000, () => ttl);
    t.is(pace.source, 'authority');
    t.true(times.length >= 59 && times.length <= 62, `${times.length} questions in a minute`);
  }
});

test('a faster poll than a second finds the authority too', (t) => {
  const { times, pace } = asked(10_000, () => 30, 0.5, 200);
  t.is(pace.source, 'authority');
  t.true(times.length > 45);
});

/** A cache in front: filled by whoever asks first, counting whole seconds. */
function cache(ttl: number, shift = 0) {
  let filled = -shift;
  return (at: number): number => {
    if (at - filled >= ttl * 1000) filled = at;
    return ttl - Math.floor((at - filled) / 1000);
  };
}

test('an answer whose TTL counts down comes from a cache: it is asked for again when it has run out', (t) => {
  for (const ttl of [5, 30]) {
    const { times, pace } = asked(600_000, cache(ttl, 1500));
    t.is(pace.source, 'cache');
    const least = 600 / ttl;
    t.true(times.length >= least && times.length < 1.2 * least + 5, `${times.length} questions in ten minutes at TTL ${ttl}`);
  }
});

test('no change is seen later than a TTL and a poll after it, with a cache or without', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.nat(30_000),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (ttl, shift, cached, chance) => {
          const { times } = asked(200_000, cached ? cache(ttl, shift % (ttl * 1000)) : () => ttl, chance);
          const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
          return gaps.every((gap) => gap <= (cached ? ttl * 1000 : 0) + 1.2 * poll);
        },
      ),
    ),
  );
});

test('a cache that goes away is noticed', (t) => {
  const front = cache(5, 0);
  const { pace, times } = asked(300_000, (at) => (at < 100_000 ? front(at) : 5));
  t.is(pace.source, 'authority');
  t.true(times.filter((at) => at > 280_000).length > 15);
});

test('a change of CoreDNS is noticed within a minute and a TTL: a higher TTL at once, a cache that is gone with the same TTL', (t) => {
  for (const ttl of [30, 60]) {
    const front = cache(30, 7000);
    const { times, pace } = asked(400_000, (at) => (at < 200_000 ? front(at) : ttl));
    t.is(pace.source, 'authority');
    const after = times.filter((at) => at > 200_000 + 60_000 + 35_000);
    t.true(
      after.slice(1).every((at, i) => at - (after[i] ?? 0) <= 1.2 * poll),
      `TTL ${ttl}`,
    );
  }
});

test('after a failure it is learnt again where answers come from', (t) => {
  const front = cache(30, 7000);
  const { times } = asked(220_000, (at) => (at < 100_000 ? front(at) : at < 140_000 ? null : 30));
  const recovered = times.find((at) => at > 140_000) ?? 0;
  const after = times.filter((at) => at >= recovered);
  t.true(after.slice(1).every((at, i) => at - (after[i] ?? 0) <= 1.2 * poll));
});

test('failures back off to ten seconds at most, and a good answer ends that at once', (t) => {
  const { times, pace } = asked(120_000, () => null);
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  t.deepEqual(gaps.slice(0, 5), [1000, 2000, 4000, 8000, 10_000]);
  t.true(gaps.every((gap) => gap <= 10_000));
  const after = nextPoll(pace, { at: 0, ttl: 5 }, poll, 0.5);
  t.is(after.pace.failures, 0);
  t.true(after.dueAt <= 1.1 * poll);
});

test('a TTL of centuries does not put a question off for longer than a minute', (t) => {
  let left = 0x7fff_ffff;
  const { times } = asked(400_000, () => left--);
  t.true(times.slice(1).every((at, i) => at - (times[i] ?? 0) <= 61_000));
});

test('a thousand questions that start together do not stay together', (t) => {
  const dues = Array.from({ length: 1000 }, (_, i) => nextPoll(initialPace, { at: 0, ttl: 5 }, poll, i / 1000).dueAt);
  const most = Math.max(...Array.from({ length: 20 }, (_, slot) => dues.filter((due) => Math.floor(due / 50) === slot).length));
  t.true(most < 100);
});
