import { type FindingGroup, findingsOf, groupFindings, type StatusFinding } from '../findings.ts';
import type { History } from '../history.ts';
import type { Status, StatusProblem } from '../status.ts';
import { type Html, html, inlineElement, markupOf } from './html.ts';
import { listensTable, statusMark } from './listens.ts';
import { durationText, timeElement } from './times.ts';

/** The parts of the page that do not change while podfront runs. */
export interface PageAssets {
  readonly style: string;
  readonly script: string;
  /** Changes with style and script, so that an open page notices another version of podfront. */
  readonly build: string;
}

/** At most this many findings of one kind are listed; the table has the others. */
const maxShown = 10;

/** The status page at `now` (milliseconds since 1970): an HTML document that loads nothing else. */
export function statusPage(status: Status, history: History, assets: PageAssets, now: number): string {
  const findings = findingsOf(status);
  const head = headline(status, findings);
  return documentOf(
    head,
    assets,
    refreshInterval(status.listens.length),
    html`${summary(head, status, findings)}
<section aria-labelledby="findings"><h2 id="findings">Findings</h2>
${findings.length === 0 ? html`<p>None.</p>` : html`<ul class="findings">${groupFindings(findings).map((group) => groupOf(group, status))}</ul>`}
</section>
<section aria-labelledby="haproxy"><h2 id="haproxy">HAProxy</h2>
${facts(status, now)}
</section>
<section aria-labelledby="listens"><h2 id="listens" tabindex="-1">Listens</h2>
<p class="key">Last hour, left to right: <span class="pods">pods</span> as an area, <span class="slots">slots</span> as a line. The band below is higher the worse the state: up to date, waiting for the first answer, stale, held back, failing.</p>
${listensTable(status.listens, history, now)}
</section>`,
    now,
  );
}

/** The page while there is no status: podfront is stuck. */
export function emptyPage(assets: PageAssets, now: number): string {
  const head = 'No status';
  const text = 'podfront has been stuck in one reconciliation for ten minutes: see its log.';
  return documentOf(head, assets, 2, html`<p class="headline">${head}</p><p>${text}</p>`, now);
}

/** Seconds between two refreshes: many listens make a large page. */
function refreshInterval(listens: number): number {
  return listens <= 100 ? 2 : listens <= 400 ? 5 : 15;
}

function documentOf(head: string, { style, script, build }: PageAssets, every: number, main: Html, now: number): string {
  return `<!doctype html>\n${markupOf(html`<html lang="en" data-every="${every}" data-build="${build}">
<head>
<meta charset="utf-8">
<title>${head} - podfront</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${inlineElement('style', style)}
</head>
<body>
<a class="skip" href="#listens">To the listens</a>
<header><h1>podfront</h1>
<p id="updated">as of ${timeElement(new Date(now).toISOString(), now)}<noscript>; without scripts this page does not refresh itself</noscript></p></header>
<p id="disconnected" role="alert" hidden></p>
<main>
${main}
</main>
${inlineElement('script', script)}
</body>
</html>`)}\n`;
}

function headline({ ready }: Status, findings: readonly StatusFinding[]): string {
  const count = (severity: StatusFinding['severity']) => findings.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const parts = [...(errors === 0 ? [] : [plural(errors, 'error')]), ...(warnings === 0 ? [] : [plural(warnings, 'warning')])];
  if (parts.length > 0) return parts.join(' and ');
  return ready ? 'All is well' : 'Not ready yet';
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function summary(head: string, { ready, listens }: Status, findings: readonly StatusFinding[]): Html {
  const pods = listens.reduce((sum, one) => sum + one.pods, 0);
  const slots = listens.reduce((sum, one) => sum + one.slots, 0);
  const worst = findings.some(({ severity }) => severity === 'error') ? 'bad' : findings.length > 0 ? 'warn' : ready ? 'good' : 'wait';
  return html`<div class="headline" role="status">${statusMark(worst, head)}</div>
<p>${plural(listens.length, 'listen')}, ${plural(pods, 'pod')}, ${plural(slots, 'slot')}${ready || findings.length === 0 ? '' : '; not ready yet'}</p>`;
}

function groupOf({ severity, title, hint, code, findings }: FindingGroup, { listens }: Status): Html {
  const places = new Map(listens.map(({ listen }, i) => [listen, i]));
  const more = findings.length - maxShown;
  return html`<li class="${severity}">${statusMark(severity === 'error' ? 'bad' : 'warn', severity, html`: ${title}`)}
<ul>${findings.slice(0, maxShown).map((finding) => html`<li>${placeOf(finding, places)}<bdi>${finding.problem.message}</bdi>${linesOf(finding.problem)}</li>`)}${
    more > 0 ? html`<li>and ${more} more</li>` : null
  }</ul>
<p>Remedy: <bdi>${hint}</bdi></p>
<p><small>Code: <code>${code}</code></small></p></li>`;
}

/** HAProxy's messages. */
function linesOf({ lines }: StatusProblem): Html | null {
  if (lines.length === 0) return null;
  const more = lines.length - maxShown;
  return html`<ul class="lines">${lines.slice(0, maxShown).map((line) => html`<li><code>${line}</code></li>`)}${more > 0 ? html`<li>and ${more} more lines</li>` : null}</ul>`;
}

function placeOf({ listen }: StatusFinding, places: ReadonlyMap<string, number>): Html | null {
  if (listen === null) return null;
  const place = places.get(listen);
  return place === undefined ? html`<bdi>${listen}</bdi>: ` : html`<a href="#listen-${place}"><bdi>${listen}</bdi></a>: `;
}

/** The facts about HAProxy, podfront's plan and the last reload. */
function facts(status: Status, now: number): Html {
  const { haproxy, plan, lastReload, config, output, version, startedAt, reloads, failedReloads, refreshes } = status;
  const rows: readonly (readonly [string, Html])[] = [
    ['State', html`${states[haproxy.state]}${haproxy.pid === null ? '' : `, worker ${haproxy.pid}`}`],
    ['File', html`<bdi>${output}</bdi>: ${haproxy.current ? 'HAProxy runs it' : 'HAProxy was not seen running it'}`],
    ['Plan', html`${plan.kind}: ${plan.reasons.join(', ')}${plan.until === null ? null : html`; until ${timeElement(plan.until, now)}`}`],
    ['Last reload', lastReload === null ? html`none since podfront started` : reloadOf(lastReload, now)],
    ['Since the start', html`reloads: ${reloads}, failed: ${failedReloads}; file updates without a reload: ${refreshes}`],
    ['Configuration', html`<bdi>${config.file}</bdi>`],
    ['podfront', html`${version}, started ${timeElement(startedAt, now)}, ${durationText((now - Date.parse(startedAt)) / 1000)} ago`],
  ];
  return html`<dl>${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
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
