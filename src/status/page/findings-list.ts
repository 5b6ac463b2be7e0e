import { type FindingGroup, groupFindings, type StatusFinding } from '../findings.ts';
import type { StatusProblem } from '../status.ts';
import { plural, statusMark } from './document.ts';
import { type Html, html } from './html.ts';
import { listenPath } from './listens.ts';

/** The most findings of one cause in the list; the table of listens has the others. */
const maxShown = 10;

/** The findings as cards, one for each cause. */
export function findingsList(findings: readonly StatusFinding[]): Html {
  if (findings.length === 0) return html`<p>None.</p>`;
  return html`<ul class="findings">${groupFindings(findings).map(card)}</ul>`;
}

function card({ severity, title, hint, code, findings }: FindingGroup): Html {
  const more = findings.length - maxShown;
  const count = findings.length === 1 ? '' : ` (${plural(findings.length, 'listen')})`;
  return html`<li class="${severity}">${statusMark(severity === 'error' ? 'bad' : 'warn', severity, html`: ${title}${count}`)}
<ul>${findings.slice(0, maxShown).map((finding) => html`<li>${placeOf(finding)}<bdi>${finding.problem.message}</bdi>${linesOf(finding.problem)}</li>`)}${
    more > 0 ? html`<li>and ${more} more</li>` : null
  }</ul>
<p>Remedy: <bdi>${hint}</bdi></p>
<p><small>Code: <a href="/docs/runbook.md"><code>${code}</code></a></small></p></li>`;
}

/** HAProxy's messages. */
function linesOf({ lines }: StatusProblem): Html | null {
  if (lines.length === 0) return null;
  const more = lines.length - maxShown;
  return html`<ul class="lines">${lines.slice(0, maxShown).map((line) => html`<li><code>${line}</code></li>`)}${more > 0 ? html`<li>and ${more} more lines</li>` : null}</ul>`;
}

function placeOf({ listen }: StatusFinding): Html | null {
  return listen === null ? null : html`<a href="${listenPath(listen)}"><bdi>${listen}</bdi></a>: `;
}
