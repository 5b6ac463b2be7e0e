import { visible } from '../problem/problem.ts';
import { shortList } from '../terminal/short-list.ts';
import { severityOf } from './findings.ts';
import type { ListenStatus, ServiceStatus, Status, StatusPart, StatusProblem } from './status.ts';

/** Whether nothing is wrong, so that `podfront status` exits with 0. */
export function isWell({ ready, problem, warnings, config, parts, listens }: Status): boolean {
  return (
    ready &&
    (problem === null || problem.code === 'reload.unseen') &&
    config.problem === null &&
    warnings.length === 0 &&
    parts.every((part) => part.problem === null) &&
    listens.every((listen) => severityOf(listen) === 'good')
  );
}

/** Whether traffic flows: `flows in 2 of 3 listens; none in shop`. */
export function trafficText({ listens, health }: Pick<Status, 'listens' | 'health'>): string {
  const flowing = listens.filter(({ traffic }) => traffic === 'flows').length;
  const without = listens.filter(({ outage }) => outage !== null).map(({ listen }) => listen);
  const none = without.length === 0 ? '' : `; none in ${shortList(without)}`;
  if (!health.known) return `not known: ${health.why ?? 'health was not read yet'}${none}`;
  const all = listens.length === 1 ? 'flows' : `flows in all ${listens.length} listens`;
  return flowing === listens.length
    ? all
    : `flows in ${flowing} of ${listens.length} ${listens.length === 1 ? 'listen' : 'listens'}${none}`;
}

/** The status as `podfront status` prints it. */
export function statusAsText(status: Status): string {
  const { haproxy, health, plan, problem, warnings, config, lastReload, refused } = status;
  const pid = haproxy.pid === null ? '' : ` (worker ${haproxy.pid})`;
  const lines = [
    `traffic: ${trafficText(status)}`,
    `podfront ${status.version}, since ${status.startedAt}${status.ready ? '' : ', not ready yet'}`,
    `haproxy: ${haproxy.state}${pid}, ${haproxy.current ? 'runs' : 'was not seen running'} ${status.output}`,
    `health: ${health.at === null ? `not known: ${health.why ?? 'it was not read yet'}` : `read at ${health.at}`}`,
    ...status.parts.flatMap(partLines),
    `plan: ${plan.kind}: ${plan.reasons.join(', ')}`,
    `reloads: ${status.reloads}, failed: ${status.failedReloads}; file updates without a reload: ${status.refreshes}; changes at run time: ${status.patches.done}, failed: ${status.patches.failed}`,
    ...(lastReload === null ? [] : [`last reload: ${lastReload.outcome} at ${lastReload.at}: ${lastReload.why}`]),
    ...(config.problem === null ? [] : problemLines('configuration rejected', config.problem)),
    ...(problem === null ? [] : problemLines('problem', problem)),
    ...warnings.flatMap((warning) => problemLines('warning', warning)),
    ...refused.flatMap(({ listen, problem: { message, lines } }) => [
      `refused: ${listen === null ? 'the whole file' : `listen ${listen}`}: ${message}`,
      ...lines.map((line) => `  ${line}`),
    ]),
    '',
    ...table(status.listens),
    ...serviceLines(status.services),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}

function partLines({ name, facts, problem }: StatusPart): readonly string[] {
  const shown = Object.entries(facts).map(([fact, value]) => `${fact.toLowerCase()} ${value}`);
  return [`${name}: ${shown.join('; ')}`, ...(problem === null ? [] : problemLines(name, problem))];
}

function problemLines(subject: string, { message, lines, hint }: StatusProblem): readonly string[] {
  return [`${subject}: ${message}`, ...lines.map((line) => `  ${line}`), `  ${hint}`];
}

/** A line for each Service of type LoadBalancer, with its problems below it. */
function serviceLines(services: readonly ServiceStatus[]): readonly string[] {
  if (services.length === 0) return [];
  return [
    '',
    'Services of type LoadBalancer:',
    ...services.flatMap(({ service, addresses, ports, state, pods, problems }) => [
      `${service}  ${addresses.join(', ') || 'no address'}  ${ports.map((port) => `port ${port}`).join(', ') || 'no port'}  ${pods} pods  ${state}`,
      ...problems.map((problem) => `  ${problem}`),
    ]),
  ];
}

const heads = ['listen', 'servers', 'up', 'slots', 'free', 'sessions', 'state'];

function table(listens: readonly ListenStatus[]): readonly string[] {
  const all = [heads, ...listens.map(rowOf)];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const last = heads.length - 1;
  const padded = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    if (column === last) return cell;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  };
  return all.map((row) => row.map(padded).join('  '));
}

function rowOf(one: ListenStatus): readonly string[] {
  const { listen, servers, slots, free, health } = one;
  const sized = slots === 0 ? ['-', '-'] : [String(slots), String(free)];
  const counted = health === null ? ['-', '-'] : [String(health.up), String(health.sessions)];
  return [listen, String(servers), counted[0] ?? '', ...sized, counted[1] ?? '', listenState(one)];
}

function listenState(listen: ListenStatus): string {
  const { state, since, failing, left, outage, overflow } = listen;
  const why = failing === null ? '' : `: ${failing.message}`;
  const answer = {
    fresh: [],
    asking: ['waiting for the first answer'],
    failing: [`no answer yet${why}`],
    stale: [`the last good answer was at ${since}${why}`],
  }[state];
  return [
    ...trafficState(listen),
    ...answer,
    ...(overflow > 0 ? [`${overflow} pods without a slot`] : []),
    ...(left === null || left.code === failing?.code || left.code === outage?.problem.code ? [] : [`held back: ${left.message}`]),
  ].join('; ');
}

function trafficState({ traffic, outage, health, mayBeEmpty, state }: ListenStatus): readonly string[] {
  if (outage !== null) return [`no traffic since ${outage.since}: ${outage.problem.message}`];
  switch (traffic) {
    case 'flows': {
      const backup = health !== null && health.backups === health.up ? ' to the backup' : '';
      const down = health === null || health.down === 0 ? '' : `, ${health.down} down`;
      return [`traffic flows${backup}${down}`];
    }
    case 'none':
      return mayBeEmpty ? ['no pods, which is allowed'] : state === 'asking' ? [] : ['no traffic'];
    case 'unknown':
      return state === 'fresh' ? ['answered; health is not known'] : [];
    default:
      return traffic satisfies never;
  }
}
