import { Problem, problem } from '../../problem/problem.ts';
import type { Clock } from '../../system/clock.ts';
import type { ApiClient } from './api/client.ts';
import { refusalProblem } from './api/failures.ts';
import { type Collection, collectionPath, whereIs } from './collections.ts';
import { listAll } from './list.ts';
import { readWatchEvent } from './watch-events.ts';

/** What follows from a collection. */
export interface Follower<T> {
  /** What is kept of an object; null for nothing. */
  readonly read: (object: unknown) => T | null;
  /** The whole list: what is not in it is gone. */
  readonly replaced: (objects: readonly T[]) => void;
  readonly set: (object: T) => void;
  readonly deleted: (object: T) => void;
  /** Why the collection cannot be had now; null when it can again. What was reported stays true. */
  readonly failing: (problem: Problem | null) => void;
  /** A watch broke and has to be begun again: not one that the server ended in time. */
  readonly restarted: () => void;
}

/** The world that following depends on. */
export interface FollowWorld {
  readonly clock: Clock;
  /** A number from 0 to 1, another one each time. */
  readonly random: () => number;
}

/**
 * A watch is asked to end after `asked` seconds, with a bookmark just before. One that has not ended after `longest` milliseconds is
 * silent: the peer is stopped, or the network was cut without a word. A new one continues where the last one ended.
 */
export const watchTime = { asked: 20, longest: 26_000 };
/** Milliseconds of the first wait after a failure, and of the longest. */
const backOff = { first: 500, longest: 10_000 };
/** A watch that ended sooner, in milliseconds, counts as a failure for the wait. */
const shortest = 1_000;

/**
 * Lists a collection, and watches it from there, until the signal. After a failure it waits, twice as long each time and spread by half,
 * and goes on from the version it has; only where the server no longer has that version, the collection is listed anew.
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
      if (version === null) {
        const listed = await listAll(client, collection, follower.read, signal);
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
      // A watch that was cut is no outage until a new one cannot be had.
      if (!isOpen || error.code !== 'api.unreachable') follower.failing(error);
    }
    if (failures > 0) await clock.sleep(Math.min(backOff.longest, backOff.first * 2 ** (failures - 1)) * (0.5 + random()), signal);
  }

  /** Watches from a version until the server ends it, and moves `version` on; null where it is gone. */
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
          return end(problem('api.garbage', { server: client.name, path, why: 'a line of a watch is no event' }));
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
      // What this version is to the server is not known: 504 says that it is ahead, as after a restore of an older state.
      if (answer.status === 410 || answer.status >= 500) version = null;
      if (answer.status !== 410) throw refusalProblem(client.name, path, answer, what);
    } catch (error) {
      signal.throwIfAborted();
      if (broken !== null) throw broken;
      if (!stop.signal.aborted) throw error;
    }
  }
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
