import test from 'ava';
import { reloadDigest } from '../../src/haproxy/file/reload-digest.ts';
import { type Plan, type PlanInput, plan } from '../../src/plan/plan.ts';
import { problem } from '../../src/problem/problem.ts';

const file = (slots: number, seed = '127.0.0.1') =>
  `listen web\n    server pod1 web:80 check init-addr ${seed}\n    server-template pod 2-${slots} web:80 check init-addr none\n`;
const [small, large] = [file(20), file(30)];

const standing: PlanInput = {
  disk: small,
  next: small,
  runs: reloadDigest(small),
  haproxy: 'running',
  obstacle: null,
  refused: new Map(),
  pace: { reloadEvery: 10_000 },
  now: 100_000,
  reloadedAt: null,
  refreshedAt: null,
};
const gone = problem('haproxy.unreachable', { socket: '/run/m.sock', why: 'ENOENT' });
const refusal = problem('haproxy.refused', { hint: 'x' });

const table: readonly (readonly [string, Partial<PlanInput>, Plan['kind'], number | null])[] = [
  ['the file is as it should be, and runs', {}, 'keep', null],
  ['other addresses', { next: file(20, '127.0.0.9') }, 'refresh', null],
  ['other addresses, soon after a refresh', { next: file(20, '127.0.0.9'), refreshedAt: 97_000 }, 'keep', 102_000],
  ['another shape', { next: large }, 'reload', null],
  ['another shape, soon after a reload', { next: large, reloadedAt: 95_000 }, 'keep', 105_000],
  ['another shape, long after a reload', { next: large, reloadedAt: 90_000 }, 'reload', null],
  ['there is no file', { disk: null, runs: null }, 'reload', null],
  ['the file is there, and HAProxy runs an older one', { runs: reloadDigest(large) }, 'reload', null],
  ['it is not known what HAProxy runs', { runs: null }, 'reload', null],
  ['HAProxy is not there', { runs: null, haproxy: 'absent' }, 'keep', null],
  ['HAProxy is not there, another shape', { next: large, runs: null, haproxy: 'absent', refreshedAt: 99_999 }, 'refresh', null],
  ['nobody tells HAProxy, another shape', { next: large, runs: null, haproxy: 'unasked' }, 'refresh', null],
  ['HAProxy runs and cannot be reached, another shape', { next: large, haproxy: 'unreachable', obstacle: gone }, 'hold', null],
  [
    'HAProxy runs and cannot be reached, other addresses',
    { next: file(20, '127.0.0.9'), haproxy: 'unreachable', obstacle: gone },
    'refresh',
    null,
  ],
  ['HAProxy refused this shape', { next: large, refused: new Map([[reloadDigest(large), refusal]]) }, 'hold', null],
  [
    'HAProxy refused this shape with other addresses',
    { next: file(30, '127.0.0.9'), refused: new Map([[reloadDigest(large), refusal]]) },
    'hold',
    null,
  ],
];

for (const [what, given, kind, until] of table) {
  test(`${what}: ${kind}${until === null ? '' : ' until then'}`, (t) => {
    const decided = plan({ ...standing, ...given });
    t.is(decided.kind, kind);
    t.is(decided.kind === 'keep' ? decided.until : null, until);
    t.true(decided.reasons.length > 0);
  });
}
