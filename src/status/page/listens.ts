import { type History, spansOf } from '../history.ts';
import type { ListenStatus } from '../status.ts';
import { plural } from './document.ts';
import { describeHistory, graph } from './graph.ts';
import { type Html, html } from './html.ts';
import { conditionMarks } from './listen-state.ts';
import { filters, orders, queryOf, type View, type ViewedListens } from './view.ts';

const columns = [
  ['Listen', 'name'],
  ['Servers', 'servers'],
  ['Slots', 'count'],
  ['Sessions', 'count'],
  ['State', 'state'],
  ['Last hour', 'past'],
] as const;

/**
 * One page of the listens, with the form that selects them. On a narrow screen the rows are laid out as cards, for which browsers drop
 * the table semantics for assistive technology, so the roles are explicit.
 */
export function listensTable(viewed: ViewedListens, view: View, history: History, now: number): Html {
  const { rows, matching } = viewed;
  return html`<form action="/" method="get" role="search">
<label>Search <input type="search" name="search" value="${view.search}" maxlength="100" autocomplete="off"></label>
<label>Show <select name="show">${options(filters, view.show)}</select></label>
<label>Sort by <select name="sort">${options(orders, view.sort)}</select></label>
<button>Apply</button>
</form>
<p id="matching">${plural(matching, 'listen')}${viewed.pages === 1 ? '' : `, page ${viewed.page} of ${viewed.pages}`}</p>
<table role="table" aria-labelledby="listens">
<thead role="rowgroup"><tr role="row">${columns.map(([name, kind]) => html`<th role="columnheader" scope="col" class="${kind}">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map((one) => row(one, history, now))}</tbody>
</table>
${pager(viewed, view)}`;
}

function options(of: Readonly<Record<string, string>>, chosen: string): readonly Html[] {
  return Object.entries(of).map(([value, text]) =>
    value === chosen ? html`<option value="${value}" selected>${text}</option>` : html`<option value="${value}">${text}</option>`,
  );
}

function row(one: ListenStatus, history: History, now: number): Html {
  const { listen, service, binds, slots, free, health } = one;
  const spans = spansOf(history, listen);
  return html`<tr role="row">
<th role="rowheader" scope="row" class="name"><a href="${listenPath(listen)}"><bdi>${listen}</bdi></a>${binds.map((bind) => html`<small><bdi>${bind}</bdi></small>`)}<small>to <bdi>${service}</bdi></small></th>
<td role="cell" class="servers"><span class="label" aria-hidden="true">Servers</span> ${serversText(one)}</td>
${cell('Slots', slots === 0 ? '\u2013' : `${slots - free} of ${slots}`)}
${cell('Sessions', health === null ? '\u2013' : String(health.sessions))}
<td role="cell" class="state">${conditionMarks(one, false, now)}</td>
<td role="cell" class="past">${graph(spans, listen)}<small aria-hidden="true">${describeHistory(spans)}</small></td>
</tr>
`;
}

/** The servers of a listen by state: `3 up`, `1 up, 2 down`. */
export function serversText({ servers, health }: ListenStatus): string {
  if (health === null) return String(servers);
  const counts = [
    [health.up, health.backups === health.up && health.up > 0 ? 'up (backup)' : 'up'],
    [health.down, 'down'],
    [health.draining, 'draining'],
    [health.maintenance, 'in maintenance'],
  ] as const;
  const shown = counts.filter(([count], i) => count > 0 || i === 0).map(([count, state]) => `${count} ${state}`);
  return shown.join(', ');
}

/** The path of the page of one listen. Invalid Unicode in the name is replaced. */
export function listenPath(listen: string): string {
  return `/listen/${encodeURIComponent(Buffer.from(listen).toString())}`;
}

function cell(label: string, value: string): Html {
  return html`<td role="cell" class="count"><span class="label" aria-hidden="true">${label}</span> ${value}</td>`;
}

function pager({ page, pages }: ViewedListens, view: View): Html | null {
  if (pages === 1) return null;
  const link = (to: number, text: string) =>
    to < 1 || to > pages ? html`<span>${text}</span>` : html`<a href="/${queryOf({ ...view, page: to })}">${text}</a>`;
  return html`<nav class="pager" aria-label="Pages">${link(1 === page ? 0 : 1, 'First')} ${link(page - 1, 'Previous')} ${link(page + 1, 'Next')} ${link(pages === page ? 0 : pages, 'Last')}</nav>`;
}
