import test from 'ava';
import { listensIn, queryOf, viewOf } from '../../../src/status/page/view.ts';
import { listenStatus, noon, refused } from '../../support/page/sample.ts';

const view = (query: string) => viewOf(new URLSearchParams(query));
const outage = { since: new Date(noon).toISOString(), problem: refused };
const listens = [
  listenStatus({ listen: 'shop', pods: 9 }),
  listenStatus({ listen: 'mail', pods: 1, state: 'stale', failing: refused, binds: ['198.51.100.7:25'] }),
  listenStatus({ listen: 'api', pods: 0, traffic: 'none', outage }),
];
const names = (query: string) => listensIn(listens, view(query)).rows.map(({ listen }) => listen);

test('listens are shown with those that fail first', (t) => {
  t.deepEqual(names(''), ['api', 'mail', 'shop']);
});

test('they are sorted, filtered and searched', (t) => {
  t.deepEqual(names('sort=name'), ['api', 'mail', 'shop']);
  t.deepEqual(names('sort=servers'), ['shop', 'mail', 'api']);
  t.deepEqual(names('sort=sessions&show=all'), ['shop', 'mail', 'api']);
  t.deepEqual(names('show=down'), ['api']);
  t.deepEqual(names('show=problems'), ['api', 'mail']);
  t.deepEqual(names('show=good'), ['shop']);
  t.deepEqual(names('search=SHOP'), ['shop']);
  t.deepEqual(names('search=198.51.100.7'), ['mail']);
  t.deepEqual(names('search=nothing'), []);
});

test('what a query asks for that is not there is left out', (t) => {
  for (const query of ['show=toString&sort=__proto__&page=-1', 'page=1e99', 'page=x', 'page=0.5'])
    t.deepEqual(view(query), { search: '', show: 'all', sort: 'problems', page: 1 }, query);
  t.is(view(`search=${'x'.repeat(1_000)}`).search.length, 100);
  t.is(listensIn(listens, view('page=7')).page, 1);
});

test('a view is written as the query it was read from', (t) => {
  for (const query of ['', '?search=a%26b&show=down&sort=name&page=3']) t.is(queryOf(view(query.slice(1))), query);
});
