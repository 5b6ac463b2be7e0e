import test from 'ava';
import {
  afterFollowingReload,
  followingProblem,
  follows,
  lagsOf,
  listensLeftBehind,
  listensToReload,
  trackFollowing,
} from '../../src/daemon/following.ts';
import type { ServerState } from '../../src/haproxy/process/servers-state.ts';
import { allocateServers } from '../../src/haproxy/slots/allocate.ts';
import { type LastKnownByListen, learn } from '../../src/source/last-known.ts';
import type { Observation } from '../../src/source/observation.ts';
import { config, listen, observed } from '../support/config-sample.ts';

const second = 1_000;
const web = listen({ name: 'web' });

const server = (name: string, address: string | null, port = 443): ServerState => ({
  name,
  address,
  port,
  up: address !== null,
  admin: 'ready',
});

/** The lags of one listen, given what is known of it and the addresses that HAProxy has. */
function lags(
  observation: Observation,
  addresses: readonly (string | null)[],
  { at = 0, known = learn(new Map(), [observation], at).lastKnown }: { readonly at?: number; readonly known?: LastKnownByListen } = {},
) {
  const servers = addresses.map((address, i) => server(`pod${i + 1}`, address));
  const allocation = allocateServers(config([web]), [observation], new Map(), false);
  return lagsOf({ kind: 'known', backends: new Map([['web', servers]]) }, allocation, new Map(), known);
}

test('only the addresses count, in whatever slots, and not while an answer fails or there are more pods than slots', (t) => {
  const two = observed(web, ['10.1.0.1', '10.1.0.2']);
  t.is(lags(two, ['10.1.0.2', null, '10.1.0.1']).size, 0);
  t.like(lags(two, ['10.1.0.2', '10.1.0.9']).get('web'), { missing: 1, surplus: 1, grace: 10 * second });
  const failing = learn(learn(new Map(), [two], 0).lastKnown, [observed(web, [], { state: 'failed', problem: new Error() as never })], 1);
  t.is(lags(two, ['10.1.0.9'], { known: failing.lastKnown }).size, 0);
  const many = observed({ ...web, maxExpectedPods: 1 }, ['10.1.0.1', '10.1.0.2']);
  t.is(lags(many, ['10.1.0.2']).size, 0);
  t.is(lagsOf({ kind: 'unknown', why: '' }, allocateServers(config([web]), [two], new Map(), false), new Map(), new Map()).size, 0);
  // A name that no longer exists keeps its servers for 30 s in HAProxy.
  t.is(lags(observed(web), ['10.1.0.1']).get('web')?.grace, 40 * second);
});

test('HAProxy is warned of after its grace, and reloaded five seconds later, then again later and later', (t) => {
  const behind = (at: number) => lags(observed(web, ['10.1.0.1']), ['10.1.0.9'], { at });
  const at = (following: typeof follows, seconds: number) => trackFollowing(following, behind(seconds * second), seconds * second);
  let following = at(follows, 0);
  following = at(following, 9);
  t.deepEqual(listensLeftBehind(following), []);
  following = at(following, 10);
  t.deepEqual(listensLeftBehind(following), ['web']);
  t.regex(
    followingProblem(following, 10 * second)?.message ?? '',
    /for 10 s listen web has lacked 1 of the known addresses and had 1 others$/,
  );
  t.deepEqual(listensToReload(following, 14 * second), []);
  t.deepEqual(listensToReload(following, 15 * second), ['web']);
  following = at(afterFollowingReload(following, 15 * second), 16);
  t.deepEqual([following.reloads, listensToReload(following, 74 * second)], [1, []]);
  following = at(following, 70);
  t.deepEqual(listensToReload(following, 75 * second), ['web']);
  t.is(afterFollowingReload(following, 75 * second).nextReloadAt, (75 + 120) * second);
  t.is(trackFollowing(following, new Map(), 80 * second), follows);
});

test('the warning comes before the reload, however rarely HAProxy is looked at', (t) => {
  const at = (following: typeof follows, now: number) =>
    trackFollowing(following, lags(observed(web, ['10.1.0.1']), ['10.1.0.9'], { at: now }), now);
  let following = at(at(follows, 0), 60 * second);
  t.deepEqual([listensLeftBehind(following), listensToReload(following, 60 * second)], [['web'], []]);
  following = at(following, 90 * second);
  t.deepEqual(listensToReload(following, 90 * second), ['web']);
});

test('while its servers change, HAProxy follows', (t) => {
  const one = observed(web, ['10.1.0.1']);
  const at = (following: typeof follows, address: string, now: number) => trackFollowing(following, lags(one, [address], { at: now }), now);
  let following = at(follows, '10.1.0.8', 0);
  following = at(following, '10.1.0.9', 9 * second);
  following = at(following, '10.1.0.9', 18 * second);
  t.deepEqual(listensLeftBehind(following), []);
  following = at(following, '10.1.0.9', 19 * second);
  t.deepEqual(listensLeftBehind(following), ['web']);
});

test('HAProxy is not left behind by an answer that is older than the difference, nor by one that is not in the file yet', (t) => {
  const one = observed(web, ['10.1.0.1']);
  let following = trackFollowing(follows, lags(one, ['10.1.0.9'], { at: 0 }), 0);
  following = trackFollowing(following, lags(one, ['10.1.0.9'], { at: 9 * second }), 60 * second);
  t.deepEqual([listensLeftBehind(following), listensToReload(following, 60 * second)], [[], []]);
  t.is(followingProblem(following, 60 * second), null);
  const known = learn(new Map(), [observed(web, ['10.1.0.9'])], 0).lastKnown;
  t.is(lags(one, ['10.1.0.9'], { known }).size, 0);
});
