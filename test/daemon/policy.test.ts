import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { applyEvent, initialLoopState, type LoopState, nextReconcileAt } from '../../src/daemon/events.ts';
import { reloadDigest } from '../../src/haproxy/file/reload-digest.ts';
import { renderer } from '../../src/haproxy/file/render.ts';
import { readTemplates } from '../../src/haproxy/load-templates.ts';
import { releaseAt, spareSlots } from '../../src/haproxy/slots/release.ts';
import { assumedVersion, parseVersion } from '../../src/haproxy-syntax/version.ts';
import { desiredFile, type PreviousFile, previousFileOf } from '../../src/plan/desired-file.ts';
import { plan } from '../../src/plan/plan.ts';
import { config, listen, observed } from '../support/config-sample.ts';

const render = renderer(readTemplates(fileURLToPath(new URL('../../', import.meta.url)), null), assumedVersion);
const second = 1000;
const hour = 3600 * second;

/** What a day cost. */
interface Cost {
  readonly reloads: readonly number[];
  readonly refreshes: readonly number[];
  readonly overflow: number;
}

/**
 * Drives the whole pure road with a clock of our own: pods as `pods` says at each moment something is asked, HAProxy takes
 * everything. `truncatesAbove`: the most pods whose answer cluster DNS does not truncate.
 */
function live(
  t: ExecutionContext,
  until: number,
  every: number,
  pods: (now: number) => number,
  truncatesAbove = Number.POSITIVE_INFINITY,
): Cost {
  const web = listen({ name: 'web' });
  const setup = { ...config([web], { reload: { kind: 'pidfile', file: '/run/haproxy.pid' } }) };
  let desk: LoopState = initialLoopState(setup, 0);
  let [disk, runs, tcp]: [string | null, string | null, boolean] = [null, null, false];
  const [reloads, refreshes]: [number[], number[]] = [[], []];
  let overflow = 0;
  let made: PreviousFile | null = null;

  function turn(now: number): void {
    const known = new Map([...desk.knowledge].flatMap(([name, { observation }]) => (observation === null ? [] : [[name, observation]])));
    const shrink = (releaseAt(desk.spare) ?? Number.POSITIVE_INFINITY) <= now;
    const input = {
      config: setup,
      known,
      failing: new Map(),
      refused: new Map(),
      disk,
      runs,
      tcp,
      shrink,
      made,
      version: parseVersion('2.6'),
      render,
    };
    const next = desiredFile(input);
    const standing = {
      disk,
      next: next.text,
      runs,
      haproxy: 'running',
      obstacle: null,
      refused: new Map(),
      pace: setup.pace,
      now,
    } as const;
    const decided = plan({ ...standing, reloadedAt: reloads.at(-1) ?? null, refreshedAt: refreshes.at(-1) ?? null });
    desk = { ...desk, waiting: null, until: decided.kind === 'keep' ? decided.until : null };
    desk = { ...desk, spare: spareSlots(shrink ? new Map() : desk.spare, next.layout, now) };
    if (decided.kind === 'keep') return;
    [disk, tcp, made] = [next.text, next.transport.tcp, previousFileOf(input, next)];
    t.is(next.text, desiredFile({ ...input, made: null }).text, 'what is made of what changed is what is made from the start');
    overflow = Math.max(overflow, next.layout[0]?.slots?.overflow ?? 0);
    if (decided.kind !== 'reload') refreshes.push(now);
    else {
      runs = reloadDigest(next.text);
      reloads.push(now);
    }
  }

  for (let asked = 0; asked < until; asked += every) {
    for (let at = nextReconcileAt(desk); at !== null && at < asked; at = nextReconcileAt(desk)) turn(at);
    const count = pods(asked);
    const addresses = Array.from({ length: count }, (_, i) => `10.1.${Math.floor(i / 250)}.${1 + (i % 250)}`);
    const one = { name: 'web.default.svc.cluster.local', type: 'A', server: '', rcode: 'NOERROR', answers: count, ttl: 5, ms: 1 } as const;
    const truncated = count > truncatesAbove;
    const asks = [{ ...one, bytes: 60 + 16 * count, transport: truncated ? 'tcp' : 'udp', truncated } as const];
    const observation = observed(web, addresses, {
      evidence: { kind: 'dns', lookups: count === 0 ? [] : asks },
      state: count === 0 ? 'empty' : 'found',
    });
    desk = applyEvent(desk, { kind: 'observed', observations: [observation] }, asked);
  }
  return { reloads, refreshes, overflow };
}

/** Numbers from 0 to 1, the same from the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Moments less than `gap` after the one before. */
const hasty = (moments: readonly number[], gap: number) =>
  moments.filter((at, i) => at - (moments[i - 1] ?? Number.NEGATIVE_INFINITY) < gap);

for (const [pace, every] of [
  ['in hours', 20 * second],
  ['in minutes', second],
] as const) {
  test(`Growth from 1 to 1,000 pods ${pace} costs at most 10 reloads`, (t) => {
    const cost = live(t, 340 * every, every, (now) => Math.min(1000, 1 + 3 * Math.floor(now / every)));
    // The first one is the start's.
    t.true(cost.reloads.length - 1 <= 10, `${cost.reloads.length - 1} reloads`);
    t.is(cost.overflow, 0);
    t.deepEqual(hasty(cost.reloads, 10 * second), []);
    t.deepEqual(hasty(cost.refreshes, 5 * second), []);
  });
}

for (const truncatesAbove of [Number.POSITIVE_INFINITY, 73]) {
  for (const seed of [1, 2, 3]) {
    const how = truncatesAbove === 73 ? ', with answers truncated above 73 pods,' : '';
    test(`A day of random scaling between 1 and 100 pods${how} costs at most 8 reloads (seed ${seed})`, (t) => {
      const random = numbers(seed);
      let count = 1;
      let next = 0;
      const cost = live(
        t,
        24 * hour,
        20 * second,
        (now) => {
          if (now >= next) [count, next] = [1 + Math.floor(random() * 100), now + 60 * second + random() * 1200 * second];
          return count;
        },
        truncatesAbove,
      );
      t.true(cost.reloads.length <= 8, `${cost.reloads.length} reloads`);
      t.deepEqual(hasty(cost.refreshes, 5 * second), []);
    });
  }
}

test('Churn ten times a second becomes a disk write every five seconds and no reload', (t) => {
  const cost = live(t, 600 * second, 100, (now) => 5 + (Math.floor(now / 100) % 7));
  t.is(cost.reloads.length, 1);
  t.true(cost.refreshes.length >= 100 && cost.refreshes.length <= 120, `${cost.refreshes.length} refreshes`);
  t.deepEqual(hasty(cost.refreshes, 5 * second), []);
});

test('The first reload is immediate', (t) => {
  t.deepEqual(live(t, 60 * second, second, () => 3).reloads, [0]);
});

test('Slots that were hardly used for an hour are given back by one reload', (t) => {
  const cost = live(t, 4 * hour, 5 * second, (now) => (now < hour ? 200 : 3));
  t.is(cost.reloads.length, 2);
  t.true((cost.reloads[1] ?? 0) >= 2 * hour && (cost.reloads[1] ?? 0) < 2 * hour + 60 * second);
});
