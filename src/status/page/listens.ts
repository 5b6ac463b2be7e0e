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
  ['Known', 'known'],
  ['Last hour', 'past'],
] as const;

/**
 * The table of listens, in the configuration's order. On a narrow screen the rows become cards, which would take their meaning
 * as a table away from assistive programs: so the roles are spelt out.
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
<td role="cell" class="known">${known(one, now)}</td>
<td role="cell" class="past">${graph(spans, listen)}<small aria-hidden="true">${describeHistory(spans)}</small></td>
</tr>
`;
}

function cell(label: string, value: Html): Html {
  return html`<td role="cell" class="count"><span class="label" aria-hidden="true">${label}</span> ${value}</td>`;
}

/** How well a listen is known, and what is not as it should be. */
function known({ state, since, staleSeconds, failing, left, overflow }: ListenStatus, now: number): Html {
  const why = failing === null ? null : html`: <bdi>${failing.message}</bdi>`;
  return html`${state === 'stale' ? stale(since, staleSeconds, why, now) : statusMark(state === 'failing' ? 'bad' : state === 'fresh' ? 'good' : 'wait', state, why)}${
    overflow === 0 ? null : statusMark('bad', 'overflow', html`: ${overflow} pods without a slot`)
  }${left === null || left.code === failing?.code ? null : statusMark('bad', 'left as it was', html`: <bdi>${left.message}</bdi>`)}`;
}

function stale(since: string | null, seconds: number, why: Html | null, now: number): Html {
  return statusMark(
    'warn',
    'stale',
    html` since ${since === null ? 'the start' : timeElement(since, now)} (${durationText(seconds)})${why}`,
  );
}

/** A word with a sign of its own: colour, shape and word say the same. */
export function statusMark(kind: 'good' | 'warn' | 'bad' | 'wait', word: string, rest: Html | null = null): Html {
  return html`<p class="mark ${kind}"><span class="sign" aria-hidden="true">${signs[kind]}</span> <b>${word}</b>${rest}</p>`;
}

const signs = { good: '\u2713', warn: '!', bad: '\u2715', wait: '\u2026' } as const;
