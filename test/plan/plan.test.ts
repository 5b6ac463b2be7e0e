import test from 'ava';
import { reloadDigest } from '../../src/haproxy/file/reload-digest.ts';
import { changesBetween } from '../../src/plan/changes.ts';
import { type Plan, type PlanInput, plan } from '../../src/plan/plan.ts';
import { noServerNeeds } from '../../src/plan/server-changes.ts';
import { problem } from '../../src/problem/problem.ts';

const file = (slots: number, seed = '127.0.0.1') =>
  `listen web\n    server pod1 web:80 check init-addr ${seed}\n    server-template pod 2-${slots} web:80 check init-addr none\n`;
const [small, large] = [file(20), file(30)];

const desired = (text: string): Pick<PlanInput, 'desired'> => ({ desired: { text, changes: changesBetween(small, text) } });

const upToDate: PlanInput = {
  currentFile: small,
  ...desired(small),
  runningDigest: reloadDigest(small),
  haproxy: 'running',
  servers: noServerNeeds,
  notFollowing: [],
  obstacle: null,
  endedCheck: null,
  reloadStreaks: new Map(),
  refusedFiles: new Map(),
  pace: { reloadEvery: 10_000 },
  now: 100_000,
  reloadedAt: null,
  refreshedAt: null,
};
const gone = problem('haproxy.unreachable', { socket: '/run/m.sock', why: 'ENOENT' });
const taken = problem('bind.taken', { bind: '*:80', owner: 'listen web', port: 80 });
const refusal = problem('haproxy.refused', { hint: 'x' });

const table: readonly (readonly [string, Partial<PlanInput>, Plan['kind'], number | null])[] = [
  ['the file is up to date, and HAProxy runs it', {}, 'keep', null],
  ['other addresses', { ...desired(file(20, '127.0.0.9')) }, 'refresh', null],
  ['other addresses, soon after a refresh', { ...desired(file(20, '127.0.0.9')), refreshedAt: 97_000 }, 'keep', 102_000],
  ['another digest', { ...desired(large) }, 'reload', null],
  ['another digest, soon after a reload', { ...desired(large), reloadedAt: 95_000 }, 'keep', 105_000],
  ['another digest, long after a reload', { ...desired(large), reloadedAt: 90_000 }, 'reload', null],
  ['there is no file', { currentFile: null, runningDigest: null }, 'reload', null],
  ['the file is there, and HAProxy runs an older one', { runningDigest: reloadDigest(large) }, 'reload', null],
  ['it is not known what HAProxy runs', { runningDigest: null }, 'reload', null],
  ['HAProxy does not follow cluster DNS', { notFollowing: ['ingress'] }, 'reload', null],
  ['HAProxy does not follow, soon after a reload', { notFollowing: ['ingress'], reloadedAt: 95_000 }, 'keep', 105_000],
  ['HAProxy does not follow, and nobody tells it', { notFollowing: ['ingress'], haproxy: 'unasked' }, 'keep', null],
  ['HAProxy is not there', { runningDigest: null, haproxy: 'absent' }, 'keep', null],
  [
    'HAProxy is not there, another digest',
    { ...desired(large), runningDigest: null, haproxy: 'absent', refreshedAt: 99_999 },
    'refresh',
    null,
  ],
  ['nobody tells HAProxy, another digest', { ...desired(large), runningDigest: null, haproxy: 'unasked' }, 'refresh', null],
  ['HAProxy would fail to reload', { ...desired(large), obstacle: taken }, 'hold', null],
  ['HAProxy would fail to reload, which is not due', { ...desired(large), obstacle: taken, reloadedAt: 95_000 }, 'keep', 105_000],
  ['HAProxy would fail to reload, and needs not', { ...desired(file(20, '127.0.0.9')), obstacle: taken }, 'refresh', null],
  ['HAProxy runs and cannot be reached, another digest', { ...desired(large), haproxy: 'unreachable', obstacle: gone }, 'hold', null],
  [
    'HAProxy runs and cannot be reached, other addresses',
    { ...desired(file(20, '127.0.0.9')), haproxy: 'unreachable', obstacle: gone },
    'refresh',
    null,
  ],
  ['HAProxy refused this digest', { ...desired(large), refusedFiles: new Map([[reloadDigest(large), refusal]]) }, 'hold', null],
  [
    'HAProxy refused this digest with other addresses',
    { ...desired(file(30, '127.0.0.9')), refusedFiles: new Map([[reloadDigest(large), refusal]]) },
    'hold',
    null,
  ],
];

for (const [what, given, kind, until] of table) {
  test(`${what}: ${kind}${until === null ? '' : ' until then'}`, (t) => {
    const decided = plan({ ...upToDate, ...given });
    t.is(decided.kind, kind);
    t.is(decided.kind === 'keep' ? decided.retryAt : null, until);
    t.true(decided.reasons.length > 0);
  });
}

test('a reload and a refresh name what differs', (t) => {
  const reasons = (text: string) => plan({ ...upToDate, ...desired(text) }).reasons.slice(1);
  t.deepEqual(reasons(large), ['listen web: 20 to 30 slots']);
  t.deepEqual(reasons(file(20, '127.0.0.9')), ['listen web: 127.0.0.1:80 replaced by 127.0.0.9:80']);
});
