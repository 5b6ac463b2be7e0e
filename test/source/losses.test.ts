import test from 'ava';
import { learn } from '../../src/source/last-known.ts';
import { type KnownBefore, keptObservations, keptUntil, type Losses, lossesAt, noLosses, trackLosses } from '../../src/source/losses.ts';
import type { Observation } from '../../src/source/observation.ts';
import { endpoint, listen, observed } from '../support/config-sample.ts';

const [second, minute, day] = [1_000, 60_000, 86_400_000];

const full = (name: string) => observed(listen({ name }), ['10.1.0.1', '10.1.0.2']);
const empty = (name: string) => observed(listen({ name }), [], { state: 'empty', kind: 'unknown' });

/** What EndpointSlices say of a listen none of whose pods is ready: those that they still show. */
const unready = (name: string, ...pods: readonly string[]) =>
  observed(listen({ name }), [], { records: 'endpoints', resolution: { kind: 'address' }, unready: pods.map(endpoint) });

/** A cluster whose observations are taken in one after the other. */
function cluster(names: readonly string[], share: number | null = 0.5) {
  let losses: Losses = noLosses;
  let before: KnownBefore = { lastKnown: new Map(), unobserved: new Map() };
  const take = (observations: readonly Observation[], at: number): readonly string[] => {
    losses = trackLosses(losses, before, observations, share, at);
    before = { ...before, lastKnown: learn(before.lastKnown, observations, at).lastKnown };
    return [...keptObservations(losses).keys()];
  };
  take(names.map(full), 0);
  return { take, losses: () => losses, startWith: (found: KnownBefore) => (before = found) };
}

test('more than half of at least four listens that lose all pods within a minute keep their servers', (t) => {
  const { take, losses } = cluster(['a', 'b', 'c', 'd']);
  t.deepEqual(take(['a', 'b'].map(empty), second), []);
  t.deepEqual(take([empty('c')], 50 * second), ['a', 'b', 'c']);
  t.is(losses().keptSince, 50 * second);
  t.is(losses().had, 4);
  t.deepEqual(
    keptObservations(losses())
      .get('a')
      ?.endpoints.map(({ address }) => address.text),
    ['10.1.0.1', '10.1.0.2'],
  );
  // They stay for as long as it takes, and one more joins them.
  t.deepEqual(take([empty('d'), empty('a')], 40 * minute), ['a', 'b', 'c', 'd']);
});

test('fewer listens, half of them, a service that ends, and losses over more than a minute are forgotten as ever', (t) => {
  t.deepEqual(cluster(['a', 'b', 'c']).take(['a', 'b', 'c'].map(empty), second), []);
  t.deepEqual(cluster(['a', 'b', 'c', 'd']).take(['a', 'b'].map(empty), second), []);
  t.deepEqual(cluster(['a', 'b', 'c', 'd'], null).take(['a', 'b', 'c', 'd'].map(empty), second), []);
  t.deepEqual(cluster(['a', 'b', 'c', 'd'], 0.75).take(['a', 'b', 'c'].map(empty), second), []);
  const slowly = cluster(['a', 'b', 'c', 'd']);
  for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) t.deepEqual(slowly.take([empty(name)], (i + 1) * 35 * second), []);
});

const addressesOf = (observation: Observation | undefined) => observation?.endpoints.map(({ address }) => address.text);

test('where pods are not ready and still there, the servers stay for 30 s, and on if the loss becomes one of the cluster', (t) => {
  const { take, losses } = cluster(['a', 'b', 'c', 'd']);
  t.deepEqual(take([unready('a', '10.1.0.2', '10.1.0.3')], second), ['a']);
  t.deepEqual(addressesOf(keptObservations(losses()).get('a')), ['10.1.0.1', '10.1.0.2', '10.1.0.3']);
  t.is(keptUntil(losses()), 31 * second);
  t.is(lossesAt(losses(), 31 * second - 1), losses());
  t.deepEqual([...keptObservations(lossesAt(losses(), 31 * second)).keys()], [], 'it was one service');
  t.is(keptUntil(lossesAt(losses(), 31 * second)), null);
  t.deepEqual(take([unready('b', '10.1.0.1')], 2 * second), ['a', 'b']);
  t.deepEqual(take([unready('c', '10.1.0.1')], 25 * second), ['a', 'b', 'c']);
  t.is(losses().keptSince, 25 * second);
  t.deepEqual(take([], 50 * second), ['a', 'b', 'c'], 'longer than it waits');
  t.deepEqual(addressesOf(keptObservations(losses()).get('a')), ['10.1.0.1', '10.1.0.2', '10.1.0.3']);
});

test('pods that are gone, or whose successors start, are forgotten at once, and so are those of fewer than four listens', (t) => {
  const { take } = cluster(['a', 'b', 'c', 'd']);
  t.deepEqual(take([unready('a', '10.1.0.1')], second), ['a']);
  t.deepEqual(take([unready('a')], 2 * second), [], 'they were deleted');
  t.deepEqual(take([unready('a', '10.1.0.1')], 3 * second), [], 'and do not come back unready');
  t.deepEqual(take([unready('b', '10.1.0.9')], 4 * second), [], 'another pod');
  t.deepEqual(cluster(['a', 'b', 'c']).take([unready('a', '10.1.0.1')], second), []);
  t.deepEqual(cluster(['a', 'b', 'c', 'd'], null).take([unready('a', '10.1.0.1')], second), []);
});

test('an answer that fails is no loss', (t) => {
  const { take } = cluster(['a', 'b', 'c', 'd']);
  const failed = ['a', 'b', 'c', 'd'].map((name) => observed(listen({ name }), [], { state: 'failed' }));
  t.deepEqual(take(failed, second), []);
});

test('a listen that has pods again is followed at once, the rest a minute after most have recovered', (t) => {
  const { take, losses } = cluster(['a', 'b', 'c', 'd']);
  t.is(take(['a', 'b', 'c', 'd'].map(empty), second).length, 4);
  t.is(keptUntil(losses()), second + day);
  t.deepEqual(take([full('a')], minute), ['b', 'c', 'd']);
  t.deepEqual(take([full('b')], 2 * minute), ['c', 'd']);
  t.is(keptUntil(losses()), 3 * minute);
  t.deepEqual(take([], 3 * minute - 1), ['c', 'd']);
  t.deepEqual(take([], 3 * minute), []);
  t.is(losses(), noLosses);
});

test('podfront that starts while all pods are lost keeps those of the current file, and waits for all answers before it says so', (t) => {
  const { take, startWith } = cluster([]);
  const endpoints = full('x').endpoints;
  startWith({ lastKnown: new Map(), unobserved: new Map(['a', 'b', 'c', 'd'].map((name) => [name, { endpoints }])) });
  t.deepEqual(take([empty('a'), empty('b')], second), []);
  t.deepEqual(take([empty('c')], 2 * second), ['a', 'b', 'c']);
});
