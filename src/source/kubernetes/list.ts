import { type Problem, problem } from '../../problem/problem.ts';
import type { ApiClient } from './api/client.ts';
import { refusalProblem } from './api/failures.ts';
import { type Collection, collectionPath, whereIs } from './collections.ts';
import { listOf, mappingOf, resourceVersionOf } from './objects.ts';

/** A whole list at one version. */
export interface ListedObjects<T> {
  readonly objects: readonly T[];
  readonly resourceVersion: string;
}

/** The number of objects in a page, so that neither the server nor podfront holds a long list in memory. */
const pageSize = 500;
/** The most objects in a list. */
const maxObjects = 200_000;
/** The most restarts of a list whose next page has expired. */
const maxRestarts = 3;

/**
 * Lists a collection page by page. An incomplete list is discarded: an object missing from it would be taken for deleted.
 *
 * @param read reads an object; null where it is of no interest
 * @throws Problem `api.*`; the signal's reason
 */
export async function listAll<T>(
  client: ApiClient,
  collection: Collection,
  read: (object: unknown) => T | null,
  signal: AbortSignal,
): Promise<ListedObjects<T>> {
  for (let restarts = 0; ; restarts++) {
    const listed = await listOnce(client, collection, read, signal);
    if (listed.kind === 'listed') return listed;
    if (restarts === maxRestarts) throw listed.problem;
  }
}

/**
 * The version of a collection now, by a list of one object.
 * @throws Problem `api.*`; the signal's reason
 */
export async function currentVersion(client: ApiClient, collection: Collection, signal: AbortSignal): Promise<string> {
  const path = collectionPath(collection);
  const query = ['limit=1', collection.selector].filter((part) => part !== '').join('&');
  const answer = await client.request({ method: 'GET', path: `${path}?${query}` }, signal);
  if (answer.status !== 200) throw refusalProblem(client.name, path, answer, listing(collection));
  return resourceVersionOf(mappingOf(mappingOf(answer.body).metadata).resourceVersion);
}

async function listOnce<T>(
  client: ApiClient,
  collection: Collection,
  read: (object: unknown) => T | null,
  signal: AbortSignal,
): Promise<({ readonly kind: 'listed' } & ListedObjects<T>) | { readonly kind: 'expired'; readonly problem: Problem }> {
  const path = collectionPath(collection);
  const objects: T[] = [];
  let seen = 0;
  let next = '';
  for (;;) {
    const query = [`limit=${pageSize}`, collection.selector, next === '' ? '' : `continue=${encodeURIComponent(next)}`];
    const answer = await client.request({ method: 'GET', path: `${path}?${query.filter((part) => part !== '').join('&')}` }, signal);
    if (answer.status !== 200) {
      const why = refusalProblem(client.name, path, answer, listing(collection));
      // The next page of a list expires after some minutes.
      if (answer.status === 410 && next !== '') return { kind: 'expired', problem: why };
      throw why;
    }
    const garbage = (why: string) => problem('api.garbage', { server: client.name, path, why });
    const { items, metadata } = mappingOf(answer.body);
    const { resourceVersion, continue: more } = mappingOf(metadata);
    if (items !== null && !Array.isArray(items)) throw garbage('it is not a list');
    const version = resourceVersionOf(resourceVersion);
    if (version === '') throw garbage('it has no resourceVersion');
    for (const item of listOf(items)) {
      const kept = read(item);
      if (kept !== null) objects.push(kept);
    }
    seen += listOf(items).length;
    if (seen > maxObjects) throw garbage(`it has more than ${maxObjects} objects`);
    if (typeof more !== 'string' || more === '') return { kind: 'listed', objects, resourceVersion: version };
    if (more.length > 10_000 || more === next) throw garbage('its continue token is invalid');
    next = more;
  }
}

function listing(collection: Collection): { readonly verb: string; readonly resource: string; readonly where: string } {
  return { verb: 'list', resource: collection.resource, where: whereIs(collection) };
}
