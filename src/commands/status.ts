import { request } from 'node:http';
import type { StatusAddress } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { Context } from '../context.ts';
import { problem, visible } from '../problem/problem.ts';
import { statusAddressText } from '../status/server.ts';
import type { ListenStatus, Status } from '../status/status.ts';

export interface StatusOptions {
  readonly json?: boolean;
}

/** Milliseconds to wait for the answer. */
const limit = 5_000;

/**
 * `podfront status`: prints the status of the running daemon.
 * @returns 0, or 1 when something is wrong
 */
export async function status({ io, config: flag }: Context, { json = false }: StatusOptions): Promise<number> {
  const { config } = await loadConfig(io, flag);
  if (config.status === null) throw problem('status.not-configured', { file: config.file });
  const text = await fetchStatus(config.status, io.signal);
  const known = parse(config.status, text);
  io.stdout.write(json ? text : statusAsText(known));
  return isWell(known) ? 0 : 1;
}

function fetchStatus(address: StatusAddress, signal: AbortSignal): Promise<string> {
  const where = address.kind === 'unix' ? { socketPath: address.path } : { host: address.address.text, port: address.port };
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(problem('status.unreachable', { address: statusAddressText(address), why }));
    const pending = request({ ...where, path: '/status', timeout: limit, signal, agent: false }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .once('error', (error) => fail(error.message))
        .once('end', () => (response.statusCode === 200 ? resolve(text) : fail(`it answered ${response.statusCode}: ${text.trim()}`)));
    });
    pending.once('timeout', () => pending.destroy(new Error(`no answer within ${limit} ms`)));
    pending.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    pending.end();
  });
}

function parse(address: StatusAddress, text: string): Status {
  try {
    const known = JSON.parse(text) as Status;
    if (Array.isArray(known.listens) && typeof known.haproxy === 'object') return known;
  } catch {
    // Another program answers there.
  }
  throw problem('status.unreachable', { address: statusAddressText(address), why: 'what answers there is not podfront' });
}

function isWell({ ready, problem, warnings, config, listens }: Status): boolean {
  return (
    ready &&
    (problem === null || problem.code === 'reload.unseen') &&
    config.problem === null &&
    warnings.length === 0 &&
    listens.every(({ state, left, overflow }) => state === 'fresh' && left === null && overflow === 0)
  );
}

function statusAsText(known: Status): string {
  const { haproxy, plan, problem, warnings, config, lastReload, refused } = known;
  const pid = haproxy.pid === null ? '' : ` (worker ${haproxy.pid})`;
  const lines = [
    `podfront ${known.version}, since ${known.startedAt}${known.ready ? '' : ', not ready yet'}`,
    `haproxy: ${haproxy.state}${pid}, ${haproxy.current ? 'runs' : 'was not seen running'} ${known.output}`,
    `plan: ${plan.kind}: ${plan.reasons.join(', ')}`,
    `reloads: ${known.reloads}, failed: ${known.failedReloads}, refreshes: ${known.refreshes}`,
    ...(lastReload === null ? [] : [`last reload: ${lastReload.outcome} at ${lastReload.at}: ${lastReload.why}`]),
    ...(config.problem === null ? [] : [`configuration refused: ${config.problem.message}`, `  ${config.problem.hint}`]),
    ...(problem === null ? [] : [`problem: ${problem.message}`, ...problem.lines.map((line) => `  ${line}`), `  ${problem.hint}`]),
    ...warnings.flatMap(({ message, hint }) => [`warning: ${message}`, `  ${hint}`]),
    ...refused.flatMap(({ listen, problem: { message, lines } }) => [
      `refused: ${listen === null ? 'the whole file' : `listen ${listen}`}: ${message}`,
      ...lines.map((line) => `  ${line}`),
    ]),
    '',
    ...table(known.listens),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}

function table(listens: readonly ListenStatus[]): readonly string[] {
  const rows = listens.map((one) => [one.listen, String(one.pods), String(one.slots), String(one.free), listenState(one)]);
  const all = [['listen', 'pods', 'slots', 'free', 'state'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
  );
}

const words = { fresh: 'up to date', asking: 'waiting for the first answer', failing: 'failing' } as const;

function listenState({ state, since, failing, left, overflow }: ListenStatus): string {
  const why = failing === null ? '' : `: ${failing.message}`;
  return [
    state === 'stale' ? `stale since ${since}${why}` : `${words[state]}${why}`,
    ...(overflow > 0 ? [`${overflow} pods without a slot`] : []),
    ...(left === null || left.code === failing?.code ? [] : [`not updated: ${left.message}`]),
  ].join('; ');
}
