import { findingsOf, severityOf } from '../findings.ts';
import { type History, spansOf } from '../history.ts';
import type { ListenDetails, ServerStatus, Status } from '../status.ts';
import { htmlDocument, type PageAssets, plural } from './document.ts';
import { type Fact, factList } from './facts.ts';
import { findingsList } from './findings-list.ts';
import { describeHistory, graph } from './graph.ts';
import { type Html, html } from './html.ts';
import { age, conditionMarks } from './listen-state.ts';
import { serversText } from './listens.ts';
import { timeElement } from './times.ts';

/** The most servers in the table; `/status/LISTEN` has all. */
const maxServers = 200;

/** The page of one listen with its servers, those that take no traffic first. */
export function listenPage(status: Status, details: ListenDetails, history: History, assets: PageAssets, now: number): string {
  const { listen, serverList } = details;
  const findings = findingsOf(status).filter((one) => one.listen === listen);
  const spans = spansOf(history, listen);
  const main = html`<p><a href="/">All listens</a></p>
<h2 id="listens" tabindex="-1"><bdi>${listen}</bdi></h2>
${conditionMarks(details, true, now)}
${factList(listenFacts(details, now))}
<section aria-labelledby="findings"><h2 id="findings">Findings</h2>
${findingsList(findings)}
</section>
<section aria-labelledby="servers"><h2 id="servers">Servers</h2>
${serverTable(serverList, now)}
</section>
<section aria-labelledby="hour"><h2 id="hour">Last hour</h2>
<div class="past">${graph(spans, listen)}<small aria-hidden="true">${describeHistory(spans)}</small></div>
</section>`;
  const head = `${severityNames[severityOf(details)]}: ${listen}`;
  return htmlDocument({ head, host: status.host, every: 2, main }, assets, now);
}

const severityNames = { error: 'Error', warning: 'Warning', waiting: 'Waiting', good: 'Good' } as const;

function listenFacts(details: ListenDetails, now: number): readonly Fact[] {
  const { binds, service, records, slots, free, since, health } = details;
  return [
    ['Binds', html`<bdi>${binds.join(', ')}</bdi>`],
    ['Service', html`<bdi>${service}</bdi>${records === null ? '' : ` (records: ${records})`}`],
    ['Servers', serversText(details)],
    ['Slots', slots === 0 ? 'none: the servers are fixed' : `${slots}, ${free} free`],
    ['Last good answer', since === null ? 'none yet' : html`${timeElement(since, now)} (${age(since, now)} ago)`],
    ...(health === null
      ? []
      : ([
          ['Sessions', health.sessions],
          ['Errors', html`${health.errors} since the worker of HAProxy started`],
        ] as const)),
  ];
}

const serverColumns = ['Server', 'Address', 'State', 'Last check', 'Sessions', 'Total', 'In, out', 'Errors', 'Downtime'] as const;

function serverTable(servers: readonly ServerStatus[], now: number): Html {
  if (servers.length === 0) return html`<p>None.</p>`;
  const rank = ({ state }: ServerStatus) => (state === 'up' || state === 'unknown' ? 1 : 0);
  const sorted = [...servers].sort((a, b) => rank(a) - rank(b));
  const more = servers.length - maxServers;
  return html`<div class="wide"><table class="plain"><thead><tr>${serverColumns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${sorted.slice(0, maxServers).map((server) => serverRow(server, now))}</tbody></table></div>
${more > 0 ? html`<p>and ${plural(more, 'more server')}: see JSON</p>` : null}`;
}

function serverRow({ name, address, state, backup, check, since, counts }: ServerStatus, now: number): Html {
  const marked = state === 'up' ? 'good' : state === 'unknown' ? 'wait' : 'bad';
  return html`<tr><th scope="row"><bdi>${name}</bdi>${backup ? ' (backup)' : ''}</th>
<td><bdi>${address ?? 'none yet'}</bdi></td>
<td><b class="${marked}">${state}</b>${since === null ? null : html` since ${timeElement(since, now)}`}</td>
<td><bdi>${check ?? 'not checked'}</bdi></td>
${
  counts === null
    ? html`<td></td><td></td><td></td><td></td><td></td>`
    : html`<td>${counts.sessions}, at most ${counts.maxSessions}${counts.queued === 0 ? '' : `, ${counts.queued} queued`}</td>
<td>${counts.totalSessions}</td>
<td>${bytesText(counts.bytesIn)}, ${bytesText(counts.bytesOut)}</td>
<td>${counts.connectErrors + counts.responseErrors}, ${counts.retries} retries</td>
<td>${counts.downtime} s, down ${plural(counts.timesDown, 'time')}</td>`
}</tr>
`;
}

/** `512 B`, `1.5 kB`, `2.0 GB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
