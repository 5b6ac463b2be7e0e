import type { Status, StatusPart, StatusProblem } from '../status.ts';
import { type Html, html } from './html.ts';
import { age } from './listen-state.ts';
import { timeElement } from './times.ts';

/** A term and its value. */
export type Fact = readonly [term: string, value: Html | string | number];

/** Facts as a list of terms. */
export function factList(facts: readonly Fact[]): Html {
  return html`<dl>${facts.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
}

/** The facts about HAProxy, podfront's plan and the last reload. */
export function statusFacts(status: Status, now: number): readonly Fact[] {
  const { haproxy, health, plan, lastReload, config, output, version, startedAt, reloads, failedReloads, refreshes } = status;
  return [
    ['State', html`${states[haproxy.state]}${haproxy.pid === null ? '' : `, worker ${haproxy.pid}`}`],
    ['Health', health.at === null ? html`not known: ${health.why ?? 'it was not read yet'}` : html`read at ${timeElement(health.at, now)}`],
    ['File', html`<bdi>${output}</bdi>: ${haproxy.current ? 'HAProxy runs it' : 'HAProxy was not seen running it'}`],
    ['Plan', html`${plan.kind}: ${plan.reasons.join(', ')}${plan.until === null ? null : html`; until ${timeElement(plan.until, now)}`}`],
    ['Last reload', lastReload === null ? html`none since podfront started` : reloadOf(lastReload, now)],
    ['Since the start', html`reloads: ${reloads}, failed: ${failedReloads}; file updates without a reload: ${refreshes}`],
    ['Configuration', html`<bdi>${config.file}</bdi>`],
    ['podfront', html`${version}, started ${timeElement(startedAt, now)}, ${age(startedAt, now)} ago`],
  ];
}

/** The facts of a part, with ISO 8601 values as `time` elements. */
export function partFacts({ facts }: StatusPart, now: number): readonly Fact[] {
  return Object.entries(facts).map(([name, value]) => [
    name,
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? timeElement(value, now) : html`<bdi>${value}</bdi>`,
  ]);
}

const states: Readonly<Record<Status['haproxy']['state'], string>> = {
  running: 'running',
  absent: 'not running',
  unreachable: 'cannot be reached',
  unseen: 'not found yet',
  unasked: 'not asked: haproxy.reload is none',
};

function reloadOf({ at, why, outcome, problem }: NonNullable<Status['lastReload']>, now: number): Html {
  return html`${outcomes[outcome]} at ${timeElement(at, now)}, reason: ${why}${reason(problem)}`;
}

const outcomes = { done: 'done', unseen: 'requested, not confirmed', failed: 'failed' } as const;

function reason(problem: StatusProblem | null): Html | null {
  return problem === null ? null : html`; <bdi>${problem.message}</bdi>`;
}
