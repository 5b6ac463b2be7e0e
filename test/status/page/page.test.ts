import test from 'ava';
import fc from 'fast-check';
import { emptyHistory, recordStatus } from '../../../src/status/history.ts';
import { statusPage } from '../../../src/status/page/page.ts';
import { viewOf } from '../../../src/status/page/view.ts';
import type { Status } from '../../../src/status/status.ts';
import { badDay, noon, status } from '../../support/page/sample.ts';

const assets = { style: '', script: '', build: 'b' };

const drawn = (shown: Status, query = '') =>
  statusPage(shown, recordStatus(emptyHistory, shown.listens, noon), viewOf(new URLSearchParams(query)), assets, noon);

/** The status with every text in it replaced; what the types allow only a few words for stays, as does the time of the start. */
function written(from: Status, word: (text: string) => string): Status {
  const fixed = new Set(['state', 'traffic', 'outcome', 'kind', 'startedAt', 'now', 'at', 'since']);
  const replaced = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return fixed.has(key) ? value : word(value);
    if (Array.isArray(value)) return value.map((one) => replaced(one, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, replaced(one, name)]));
  };
  return replaced(from, '') as Status;
}

/** Every tag with the names of its attributes, and nothing of what they hold. */
const shape = (page: string): readonly string[] => (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/="[^"]*"/g, '='));

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.stringMatching(/^[<>"'&/=! -]{1,20}$/),
  fc.constantFrom('</title><script>alert(1)</script>', '" onload="alert(1)', '<!--', ']]>', '\ud800'),
);

test('Whatever its texts are, a page has the same elements and attributes', (t) => {
  // Texts that differ stay different, for what is told once and what stands together hangs on it.
  const plain = shape(drawn(written(badDay(), (text) => `${text.length}-${text.replace(/\W/g, '-')}`)));
  t.true(plain.length > 300);
  fc.assert(
    fc.property(texts, (text) => {
      t.deepEqual(shape(drawn(written(badDay(), (own) => `${text}${own.length}-${own.replace(/\W/g, '-')}${text}`))), plain);
    }),
    { numRuns: 300 },
  );
});

test('The title and the first line of a page are its headline', (t) => {
  t.regex(drawn(status()), /<title>All is well - podfront on frontend1<\/title>/);
  t.regex(drawn(status({ ready: false })), /<title>Not ready yet - podfront on frontend1<\/title>/);
  t.regex(drawn(badDay()), /<title>5 errors and 1 warning - podfront on frontend1<\/title>/);
});

test('A page shows the last reload, its reason and its outcome', (t) => {
  const reload = (shown: Status) =>
    /<dt>Last reload<\/dt><dd>(.*?)<\/dd>/s
      .exec(drawn(shown))?.[1]
      ?.replace(/<[^>]*>/g, '')
      .replaceAll('&#38;', '&');
  t.is(reload(status()), 'done at 11:47:26 UTC, reason: listen ingress grows to 40 slots');
  t.is(reload(badDay()), 'failed at 11:59:20 UTC, reason: listen shop is new; HAProxy did not load the new file: the worker ended');
  t.is(reload(status({ lastReload: null })), 'none since podfront started');
});

test('The numbers of a listen stand in its row as they are', (t) => {
  const [listen] = status().listens;
  if (listen === undefined) throw new Error('no listen');
  const health = { up: 123_457, backups: 0, down: 3, draining: 2, maintenance: 1, sessions: 45_678, errors: 0, lastCheck: null };
  const page = drawn(status({ listens: [{ ...listen, slots: 234_568, free: 345, overflow: 456_780, health }] }));
  const counts = [...page.matchAll(/<td role="cell" class="count">.*?<\/span> (.*?)<\/td>/g)].map(([, count]) => count);
  t.deepEqual(counts, ['234223 of 234568', '45678']);
  t.regex(page, /<\/span> 123457 up, 3 down, 2 draining, 1 in maintenance<\/td>/);
  t.regex(page, /<b>456780 pods<\/b> without a slot/);
});
