import { findingsOf, type StatusFinding } from '../findings.ts';
import type { History } from '../history.ts';
import { trafficText } from '../report.ts';
import type { Status } from '../status.ts';
import { htmlDocument, type PageAssets, plural, statusMark } from './document.ts';
import { factList, partFacts, statusFacts } from './facts.ts';
import { findingsList } from './findings-list.ts';
import { type Html, html } from './html.ts';
import { listensTable } from './listens.ts';
import { servicesSection } from './services.ts';
import { listensIn, type View } from './view.ts';

/** The status page at `now` (milliseconds since 1970): an HTML document that loads nothing else. */
export function statusPage(status: Status, history: History, view: View, assets: PageAssets, now: number): string {
  const findings = findingsOf(status);
  const head = headline(status, findings);
  const main = html`${summary(head, status, findings)}
<section aria-labelledby="findings"><h2 id="findings">Findings</h2>
${findingsList(findings)}
</section>
<section aria-labelledby="listens"><h2 id="listens" tabindex="-1">Listens</h2>
${listensTable(listensIn(status.listens, view), view, history, now)}
<p class="key">Last hour, left to right: <span class="pods">pods</span> as an area, <span class="slots">slots</span> as a line. The band below is higher the worse the state: good, waiting for the first answer, old answer, held back, no answer or no traffic.</p>
</section>
${servicesSection(status.services)}<section aria-labelledby="haproxy"><h2 id="haproxy">HAProxy</h2>
${factList(statusFacts(status, now))}
</section>
${status.parts.map(
  (part) => html`<section><h2>${part.name}</h2>
${factList(partFacts(part, now))}
</section>
`,
)}`;
  return htmlDocument({ head, host: status.host, every: refreshInterval(status.listens.length), main }, assets, now);
}

/** The page while there is no status, because podfront is stuck. */
export function emptyPage(assets: PageAssets, now: number): string {
  const head = 'No status';
  const text = 'podfront has been stuck in one reconciliation for ten minutes: see its log.';
  return htmlDocument({ head, host: '', every: 2, main: html`<p class="headline">${head}</p><p>${text}</p>` }, assets, now);
}

/** Seconds between two refreshes, more for many listens. */
export function refreshInterval(listens: number): number {
  return listens <= 100 ? 2 : listens <= 400 ? 5 : 15;
}

function headline({ ready }: Status, findings: readonly StatusFinding[]): string {
  const count = (severity: StatusFinding['severity']) => findings.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const parts = [...(errors === 0 ? [] : [plural(errors, 'error')]), ...(warnings === 0 ? [] : [plural(warnings, 'warning')])];
  if (parts.length > 0) return parts.join(' and ');
  return ready ? 'All is well' : 'Not ready yet';
}

function summary(head: string, status: Status, findings: readonly StatusFinding[]): Html {
  const { ready, listens } = status;
  const worst = findings.some(({ severity }) => severity === 'error') ? 'bad' : findings.length > 0 ? 'warn' : ready ? 'good' : 'wait';
  return html`<div class="headline" role="status">${statusMark(worst, head)}</div>
<p>Traffic: ${trafficText(status)}; ${plural(sum(listens.map(({ servers }) => servers)), 'server')}${ready || findings.length === 0 ? '' : '; not ready yet'}</p>`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
