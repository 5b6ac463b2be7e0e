import type { Config } from '../config/config.ts';
import { releaseAt, type SpareSlots } from '../haproxy/slots/release.ts';
import type { Problem } from '../problem/problem.ts';
import { isComplete, type LastKnownByListen, learn } from '../source/last-known.ts';
import type { Observation } from '../source/observation.ts';
import { extendWindow, type SettleWindow, settledAt } from './settle.ts';

/** What comes into the daemon's mailbox. */
export type DaemonEvent =
  | { readonly kind: 'observed'; readonly observations: readonly Observation[] }
  /** A watched file has another content. */
  | { readonly kind: 'files' }
  /** SIGHUP. */
  | { readonly kind: 'hangup' }
  /** HAProxy is another process than before, or gone, or back. */
  | { readonly kind: 'haproxy' };

/** What waits to be acted on. All times in milliseconds since 1970. */
export interface LoopState {
  readonly config: Config;
  /** Why the files on disk cannot be used, while the running configuration stays. */
  readonly configProblem: Problem | null;
  readonly knowledge: LastKnownByListen;
  readonly spare: SpareSlots;
  /** Changes that no turn saw yet. */
  readonly waiting: SettleWindow | null;
  /** Pods that come and go are no reason for a turn before this; see `restAfter`. */
  readonly rest: number;
  /** When the last turn wants another one though nothing changes. */
  readonly until: number | null;
  /** Whether files are to be read again before the next turn. */
  readonly reread: boolean;
  /** Whether SIGHUP asked for it: what HAProxy refused is tried once more then. */
  readonly hungUp: boolean;
}

/** The desk of a daemon that starts: its first turn comes as soon as every listen was answered for. */
export function initialLoopState(config: Config, now: number): LoopState {
  return {
    config,
    configProblem: null,
    knowledge: new Map(),
    spare: new Map(),
    waiting: { first: now, last: now - config.pace.settle.min },
    rest: now,
    until: null,
    reread: false,
    hungUp: false,
  };
}

/** Takes one mail in. */
export function applyEvent(desk: LoopState, mail: DaemonEvent, now: number): LoopState {
  switch (mail.kind) {
    case 'observed': {
      // Answers for a listen that is not configured any more may still be under way.
      const configured = new Set(desk.config.listens);
      const { knowledge, changed } = learn(
        desk.knowledge,
        mail.observations.filter(({ listen }) => configured.has(listen)),
        now,
      );
      // What the daemon starts with is no change that has to settle.
      const first = !isComplete(desk.knowledge, desk.config);
      return {
        ...desk,
        knowledge,
        waiting: changed && !first ? extendWindow(desk.waiting, now) : (desk.waiting ?? (changed ? settled(desk, now) : null)),
      };
    }
    case 'files':
      return { ...desk, reread: true, rest: now, waiting: extendWindow(desk.waiting, now) };
    case 'hangup':
      return { ...desk, reread: true, hungUp: true, rest: now, waiting: extendWindow(desk.waiting, now) };
    case 'haproxy':
      return { ...desk, rest: now, waiting: extendWindow(desk.waiting, now) };
    default:
      return mail satisfies never;
  }
}

/** When the next turn is due; null while there is nothing to do before something comes in. */
export function nextReconcileAt({ config, knowledge, waiting, rest, until, spare, reread }: LoopState): number | null {
  if (!reread && !isComplete(knowledge, config)) return null;
  const { settle } = config.pace;
  const settled = waiting === null ? null : Math.max(settledAt(waiting, settle), Math.min(rest, waiting.first + settle.max));
  const times = [settled, until, releaseAt(spare)].filter((at) => at !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** A turn that found nothing to do may take one part in so many of the time. */
const share = 100;

/**
 * Until when podfront rests after a turn that found nothing to do: where pods come and go all the time in a thousand listens,
 * looking at all of them at each change would be all that it does. Nobody waits longer than `settle.max` for it.
 */
export function restUntil(began: number, ended: number): number {
  return ended + share * (ended - began);
}

function settled({ config }: LoopState, now: number): SettleWindow {
  return { first: now, last: now - config.pace.settle.min };
}
