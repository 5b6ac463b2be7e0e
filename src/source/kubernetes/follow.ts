import { Problem, problem } from '../../problem/problem.ts';
import type { Clock } from '../../system/clock.ts';
import type { ApiClient } from './api/client.ts';
import { refusalProblem } from './api/failures.ts';
import { type Collection, collectionPath, whereIs } from './collections.ts';
import { currentVersion, listAll } from './list.ts';
import { readWatchEvent } from './watch-events.ts';

/** The callbacks for the changes of a collection. */
export interface Follower<T> {
  /** Reads an object; null where it is of no interest. */
  readonly read: (object: unknown) => T | null;
  /** Makes the same for the objects of one list, of which it may keep less. */
  readonly listReader: () => (object: unknown) => T | null;
  /** Takes a whole list: objects that are not in it are gone. */
  readonly replaced: (objects: readonly T[]) => void;
  readonly set: (object: T) => void;
  readonly deleted: (object: T) => void;
  /** Takes the reason why the collection cannot be followed now; null when it can be again. Earlier reports stay true. */
  readonly failing: (problem: Problem | null) => void;
  /** Called when a watch broke and has to be restarted, but not when the server ended it in time. */
  readonly restarted: () => void;
}

/** The dependencies of `follow`. */
export interface FollowWorld {
  readonly clock: Clock;
  /** A number from 0 to 1, another one each time. */
  readonly random: () => number;
}

/**
 * The server is asked to end a watch after `asked` seconds, with a bookmark just before. A watch that has not ended after `longest`
 * milliseconds is dead: the peer hangs, or the network drops packets. A new watch continues where the last one ended.
 */
export const watchTime = { asked: 20, longest: 26_000 };
/** The first and the longest wait after a failure, in milliseconds. */
const backOff = { first: 500, longest: 10_000 };
/** Milliseconds that a watch must last, or else it counts as a failure for the wait. */
const shortest = 1_000;

/**
 * Lists a collection, and watches it from there until the signal. After a failure it waits, twice as long each time and spread by half,
 * and continues from the version that it has. Only where the server no longer has that version, or does not have it yet, is the collection
 * listed again: a server whose etcd was restored from an older state says nothing until it reaches that version.
 * Rejects with the signal's reason.
 */
export async function follow<T>(
  client: ApiClient,
  collection: Collection,
  follower: Follower<T>,
  { clock, random }: FollowWorld,
  signal: AbortSignal,
): Promise<void> {
  let version: string | null = null;
  let failures = 0;
  let isOpen = false;
  for (;;) {
    const began = clock.now();
    isOpen = false;
    try {
      if (version !== null && failures > 0 && isOlder(await currentVersion(client, collection, signal), version)) version = null;
      if (version === null) {
        const listed = await listAll(client, collection, follower.listReader(), signal);
        version = listed.resourceVersion;
        follower.replaced(listed.objects);
        follower.failing(null);
      }
      await watchOnce(version);
      failures = clock.now() - began < shortest ? failures + 1 : 0;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Problem)) throw error;
      failures += 1;
      follower.restarted();
      // A broken watch is not an outage unless a new one fails too.
      if (!isOpen || error.code !== 'api.unreachable') follower.failing(error);
    }
    if (failures > 0) await clock.sleep(Math.min(backOff.longest, backOff.first * 2 ** (failures - 1)) * (0.5 + random()), signal);
  }

  /** Watches from `version`, which it updates, until the server ends the watch; null where the server no longer has that version. */
  async function watchOnce(from: string): Promise<void> {
    const stop = new AbortController();
    let broken: Problem | null = null;
    const path = collectionPath(collection);
    const what = { verb: 'watch', resource: collection.resource, where: whereIs(collection) };
    const end = (why: Problem | null) => {
      broken = why;
      stop.abort();
    };
    const onLine = (line: string) => {
      if (stop.signal.aborted) return;
      const event = readWatchEvent(line);
      switch (event.kind) {
        case 'set':
        case 'deleted': {
          const object = follower.read(event.object);
          if (object !== null) (event.kind === 'set' ? follower.set : follower.deleted)(object);
          version = event.resourceVersion;
          return;
        }
        case 'bookmark':
          version = event.resourceVersion;
          return;
        case 'expired':
          version = null;
          return end(null);
        case 'error':
          return end(refusalProblem(client.name, path, event.status, what));
        case 'garbage':
          version = null;
          return end(problem('api.garbage', { server: client.name, path, why: 'a line of a watch is not an event' }));
        default:
          return event satisfies never;
      }
    };
    const onOpen = () => {
      isOpen = true;
      follower.failing(null);
    };
    try {
      const answer = await client.stream(
        watchPath(collection, from),
        { onOpen, onLine },
        watchTime.longest,
        AbortSignal.any([signal, stop.signal]),
      );
      if (broken !== null) throw broken;
      if (answer === null) return;
      // The server does not know this version: with 504 it says that the version is ahead, as after the restore of an older state.
      if (answer.status === 410 || answer.status >= 500) version = null;
      if (answer.status !== 410) throw refusalProblem(client.name, path, answer, what);
    } catch (error) {
      signal.throwIfAborted();
      if (broken !== null) throw broken;
      if (!stop.signal.aborted) throw error;
    }
  }
}

/**
 * Whether one version is older than another. Versions are opaque in general; those of etcd are numbers that grow, and Kubernetes says so
 * since 1.35 (API concepts, "Resource versions").
 */
function isOlder(a: string, b: string): boolean {
  return /^\d+$/.test(a) && /^\d+$/.test(b) && BigInt(a) < BigInt(b);
}

function watchPath(collection: Collection, from: string): string {
  const query = [
    'watch=true',
    'allowWatchBookmarks=true',
    `timeoutSeconds=${watchTime.asked}`,
    `resourceVersion=${encodeURIComponent(from)}`,
  ];
  return `${collectionPath(collection)}?${[...query, collection.selector].filter((part) => part !== '').join('&')}`;
}
