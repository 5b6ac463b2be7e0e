import { type History, spansOf } from '../history.ts';
import type { ListenStatus } from '../status.ts';
import { describeHistory, graph } from './graph.ts';
import { type Html, html } from './html.ts';
import { durationText, timeElement } from './times.ts';

const columns = [
  ['Listen', 'name'],
  ['Pods', 'count'],
  ['Slots', 'count'],
  ['Free', 'count'],
  ['State', 'state'],
  ['Last hour', 'past'],
] as const;

/**
 * The table of listens, in the order of the configuration. On a narrow screen the rows are laid out as cards, and browsers then drop
 * the table semantics for assistive technology: so the roles are explicit.
 */
export function listensTable(listens: readonly ListenStatus[], history: History, now: number): Html {
  return html`<table role="table" aria-labelledby="listens">
<thead role="rowgroup"><tr role="row">${columns.map(([name, kind]) => html`<th role="columnheader" scope="col" class="${kind}">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${listens.map((one, i) => row(one, i, history, now))}</tbody>
</table>`;
}

function row(one: ListenStatus, i: number, history: History, now: number): Html {
  const { listen, service, records, pods, slots, free } = one;
  const spans = spansOf(history, listen);
  return html`<tr role="row" id="listen-${i}">
<th role="rowheader" scope="row" class="name"><bdi>${listen}</bdi><small><bdi>${service}</bdi>${records === null ? '' : `, ${records}`}</small></th>
${cell('Pods', html`${pods}`)}
${cell('Slots', html`${slots}`)}
${cell('Free', html`${free}`)}
<td role="cell" class="state">${state(one, now)}</td>
<td role="cell" class="past">${graph(spans, listen)}<small aria-hidden="true">${describeHistory(spans)}</small></td>
</tr>
`;
}

function cell(label: string, value: Html): Html {
  return html`<td role="cell" class="count"><span class="label" aria-hidden="true">${label}</span> ${value}</td>`;
}

/** The state of a listen, and what is wrong with it. */
function state({ state: answers, since, staleSeconds, failing, left, overflow }: ListenStatus, now: number): Html {
  const why = failing === null ? null : html`: <bdi>${failing.message}</bdi>`;
  return html`${answers === 'stale' ? stale(since, staleSeconds, why, now) : statusMark(answers === 'failing' ? 'bad' : answers === 'fresh' ? 'good' : 'wait', words[answers], why)}${
    overflow === 0 ? null : statusMark('bad', 'overflow', html`: ${overflow} pods without a slot`)
  }${left === null || left.code === failing?.code ? null : statusMark('bad', 'held back', html`: <bdi>${left.message}</bdi>`)}`;
}

function stale(since: string | null, seconds: number, why: Html | null, now: number): Html {
  return statusMark(
    'warn',
    'stale',
    html` since ${since === null ? 'the start' : timeElement(since, now)} (${durationText(seconds)})${why}`,
  );
}

const words = { fresh: 'up to date', asking: 'waiting for the first answer', failing: 'failing' } as const;

/** A word with a sign: colour, shape and word have the same meaning. */
export function statusMark(kind: 'good' | 'warn' | 'bad' | 'wait', word: string, rest: Html | null = null): Html {
  return html`<p class="mark ${kind}"><span class="sign" aria-hidden="true">${signs[kind]}</span> <b>${word}</b>${rest}</p>`;
}

const signs = { good: '\u2713', warn: '!', bad: '\u2715', wait: '\u2026' } as const;
