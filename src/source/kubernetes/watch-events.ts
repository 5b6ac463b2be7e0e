import { parsed } from './api/answer.ts';
import { mappingOf, resourceVersionOf } from './objects.ts';

/** A line of a watch. */
export type WatchEvent =
  | { readonly kind: 'set'; readonly object: unknown; readonly resourceVersion: string }
  | { readonly kind: 'deleted'; readonly object: unknown; readonly resourceVersion: string }
  /** Nothing has changed up to this version. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  /** The history that was asked for is gone (410). */
  | { readonly kind: 'expired' }
  /** The server ends the watch for another reason; `status` is its Status object. */
  | { readonly kind: 'error'; readonly status: { readonly status: number; readonly body: unknown } }
  /** A line that is not an event. */
  | { readonly kind: 'garbage' };

/** Reads a line of a watch (API conventions, "Efficient detection of changes"). */
export function readWatchEvent(line: string): WatchEvent {
  const { type, object } = mappingOf(parsed(line));
  if (type === 'ERROR') {
    const { code, reason } = mappingOf(object);
    if (code === 410 || reason === 'Expired' || reason === 'Gone') return { kind: 'expired' };
    return { kind: 'error', status: { status: typeof code === 'number' ? code : 500, body: object ?? null } };
  }
  const resourceVersion = resourceVersionOf(mappingOf(mappingOf(object).metadata).resourceVersion);
  if (resourceVersion === '') return { kind: 'garbage' };
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'set', object, resourceVersion };
    case 'DELETED':
      return { kind: 'deleted', object, resourceVersion };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion };
    default:
      return { kind: 'garbage' };
  }
}
