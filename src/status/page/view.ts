import { type ListenSeverity, severityOf } from '../findings.ts';
import type { ListenStatus } from '../status.ts';

/** A selection of listens, from the query of the page: `?search=shop&show=problems&sort=name&page=2`. */
export interface View {
  /** Part of a name, a service or an address; empty for all. */
  readonly search: string;
  readonly show: keyof typeof filters;
  readonly sort: keyof typeof orders;
  /** Counts from 1. */
  readonly page: number;
}

/** The filters, with their names on the page. */
export const filters = {
  all: 'all',
  problems: 'with problems',
  down: 'without traffic',
  good: 'without problems',
} as const;

/** The orders, with their names on the page. */
export const orders = {
  problems: 'problems first',
  name: 'name',
  servers: 'most servers',
  sessions: 'most sessions',
  errors: 'most errors',
} as const;

/** The number of listens on one page. */
export const pageSize = 50;

/** The longest search, in characters. */
const maxSearch = 100;

/** Reads a query; invalid values are ignored. */
export function viewOf(query: URLSearchParams): View {
  const [show, sort, page] = [query.get('show') ?? '', query.get('sort') ?? '', Number(query.get('page'))];
  return {
    search: (query.get('search') ?? '').slice(0, maxSearch).trim(),
    show: isKeyOf(filters, show) ? show : 'all',
    sort: isKeyOf(orders, sort) ? sort : 'problems',
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** The query of a view, with `?`; empty for the first page of all listens. */
export function queryOf({ search, show, sort, page }: View): string {
  const query = new URLSearchParams({
    ...(search !== '' && { search }),
    ...(show !== 'all' && { show }),
    ...(sort !== 'problems' && { sort }),
    ...(page !== 1 && { page: String(page) }),
  }).toString();
  return query === '' ? '' : `?${query}`;
}

/** One page of the listens that match. */
export interface ViewedListens {
  readonly rows: readonly ListenStatus[];
  readonly matching: number;
  readonly page: number;
  readonly pages: number;
}

/** Applies a view. A page beyond the last one is the last one. */
export function listensIn(listens: readonly ListenStatus[], { search, show, sort, page }: View): ViewedListens {
  const wanted = search.toLowerCase();
  const matching = listens.filter((one) => isShown(one, show) && (wanted === '' || matches(one, wanted)));
  const pages = Math.max(1, Math.ceil(matching.length / pageSize));
  const at = Math.min(page, pages);
  const sorted = [...matching].sort(comparisons[sort]);
  return { rows: sorted.slice((at - 1) * pageSize, at * pageSize), matching: matching.length, page: at, pages };
}

function matches({ listen, service, binds }: ListenStatus, wanted: string): boolean {
  return [listen, service, ...binds].some((text) => text.toLowerCase().includes(wanted));
}

function isShown(listen: ListenStatus, show: View['show']): boolean {
  switch (show) {
    case 'all':
      return true;
    case 'problems':
      return severityOf(listen) !== 'good';
    case 'down':
      return listen.traffic === 'none';
    case 'good':
      return severityOf(listen) === 'good';
    default:
      return show satisfies never;
  }
}

const ranks: Readonly<Record<ListenSeverity, number>> = { error: 0, warning: 1, waiting: 2, good: 3 };

/** The comparisons. Sorting is stable: equal listens stay in the order of the configuration. */
const comparisons: Readonly<Record<View['sort'], (a: ListenStatus, b: ListenStatus) => number>> = {
  problems: (a, b) => ranks[severityOf(a)] - ranks[severityOf(b)],
  name: (a, b) => (a.listen < b.listen ? -1 : a.listen > b.listen ? 1 : 0),
  servers: (a, b) => b.servers - a.servers,
  sessions: (a, b) => (b.health?.sessions ?? 0) - (a.health?.sessions ?? 0),
  errors: (a, b) => (b.health?.errors ?? 0) - (a.health?.errors ?? 0),
};

function isKeyOf<T extends object>(of: T, key: string): key is keyof T & string {
  return Object.hasOwn(of, key);
}
