import type { ServiceStatus } from '../status.ts';
import { plural, statusMark } from './document.ts';
import { type Html, html } from './html.ts';

/** The most Services in the table; `/status` has all. */
const mostShown = 200;

/** The most ports in a row. */
const mostPorts = 8;

const marks = { served: 'good', 'not written': 'wait', pending: 'wait', failed: 'warn' } as const;

/** The Services of type LoadBalancer, those that fail first. */
export function servicesSection(services: readonly ServiceStatus[]): Html | null {
  if (services.length === 0) return null;
  const failingFirst = [...services].sort((a, b) => Number(b.state === 'failed') - Number(a.state === 'failed'));
  const more = services.length > mostShown ? html`<p>The first ${mostShown} of ${plural(services.length, 'Service')}.</p>` : null;
  return html`<section aria-labelledby="services"><h2 id="services">Services of type LoadBalancer</h2>
${more}<table role="table" aria-labelledby="services">
<thead role="rowgroup"><tr role="row">${['Service', 'Address', 'Ports'].map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}<th role="columnheader" scope="col" class="count">Pods</th><th role="columnheader" scope="col">State</th></tr></thead>
<tbody role="rowgroup">
${failingFirst.slice(0, mostShown).map(row)}</tbody>
</table>
</section>
`;
}

/** Names a cell where the screen has no room for the head of the table. */
function label(name: string): Html {
  return html`<span class="label" aria-hidden="true">${name}</span> `;
}

function portsText(ports: readonly number[]): string {
  const more = ports.length - mostPorts;
  return ports.length === 0 ? '\u2013' : `${ports.slice(0, mostPorts).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function row({ service, addresses, ports, pods, state, problems }: ServiceStatus): Html {
  return html`<tr role="row">
<th role="rowheader" scope="row" class="name"><bdi>${service}</bdi></th>
<td role="cell">${label('Address')}${addresses.length === 0 ? '\u2013' : addresses.map((address) => html`<bdi>${address}</bdi> `)}</td>
<td role="cell">${label('Ports')}${portsText(ports)}</td>
<td role="cell" class="count">${label('Pods')}${pods}</td>
<td role="cell" class="state">${statusMark(marks[state], state)}${problems.map((problem) => html`<small><bdi>${problem}</bdi></small>`)}</td>
</tr>
`;
}
