import type { ListenStatus, StatusProblem } from '../status.ts';
import { plural, statusMark } from './document.ts';
import { type Html, html } from './html.ts';
import { durationText, timeElement } from './times.ts';

/**
 * The state of a listen: whether traffic flows, and what is wrong with it.
 *
 * @param reasons whether the messages of problems are shown, which the findings have as well
 */
export function conditionMarks(listen: ListenStatus, reasons: boolean, now: number): Html {
  const { overflow, left, failing, outage } = listen;
  return html`${traffic(listen, reasons, now)}${answers(listen, reasons, now)}${
    overflow === 0 ? null : statusMark('bad', plural(overflow, 'pod'), html` without a slot`)
  }${left === null || left.code === failing?.code || left.code === outage?.problem.code ? null : statusMark('bad', 'held back', reasonText(left, reasons))}`;
}

function traffic({ traffic: state, outage, mayBeEmpty, state: answer, health }: ListenStatus, reasons: boolean, now: number): Html | null {
  if (outage !== null)
    return statusMark(
      'bad',
      'no traffic',
      html` since ${timeElement(outage.since, now)} (${age(outage.since, now)})${reasonText(outage.problem, reasons)}`,
    );
  switch (state) {
    case 'flows':
      return health !== null && health.down > 0
        ? statusMark('good', 'traffic flows', html`; ${plural(health.down, 'server')} ${health.down === 1 ? 'is' : 'are'} down`)
        : statusMark('good', 'traffic flows');
    case 'none':
      return mayBeEmpty
        ? statusMark('good', 'no pods', html`, which is allowed`)
        : statusMark(answer === 'asking' ? 'wait' : 'bad', 'no traffic');
    case 'unknown':
      return answer === 'fresh' ? statusMark('good', 'pods known', html`; health is not known`) : null;
    default:
      return state satisfies never;
  }
}

/** The mark for problems with the answers; null where there are none. */
function answers({ state, since, staleSeconds, failing }: ListenStatus, reasons: boolean, now: number): Html | null {
  const why = failing === null ? null : reasonText(failing, reasons);
  switch (state) {
    case 'fresh':
      return null;
    case 'asking':
      return statusMark('wait', 'waiting for the first answer');
    case 'failing':
      return statusMark('bad', 'no answer yet', why);
    case 'stale':
      return statusMark(
        'warn',
        'last answer',
        html` ${since === null ? 'at the start' : timeElement(since, now)} (${durationText(staleSeconds)} ago)${why}`,
      );
    default:
      return state satisfies never;
  }
}

function reasonText({ message }: StatusProblem, shown: boolean): Html | null {
  return shown ? html`: <bdi>${message}</bdi>` : null;
}

/** The time since an ISO 8601 time, in words. */
export function age(iso: string, now: number): string {
  return durationText((now - Date.parse(iso)) / 1000);
}
