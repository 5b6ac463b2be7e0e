import { request } from 'node:http';
import type { StatusAddress } from '../config/config.ts';
import { loadStatusAddress } from '../config/status-address.ts';
import { readStatus } from '../config/values/haproxy.ts';
import type { Context } from '../context.ts';
import { Problem, problem, visible } from '../problem/problem.ts';
import { statusAddressText } from '../status/server.ts';
import type { ListenStatus, Status } from '../status/status.ts';
import { systemClock } from '../system/clock.ts';
import { shortageOf } from '../system/system-error.ts';

/** The options of `podfront status`. */
export interface StatusOptions {
  readonly json?: boolean;
  /** The status address, in place of the configuration's. */
  readonly address?: string;
  readonly watch?: boolean;
}

/** Milliseconds to wait for the answer. */
const timeout = 5_000;

/** The largest answer that is read, in bytes: 10,000 listens take about 5 MB. */
const maxBytes = 64 * 1024 * 1024;

/** Milliseconds between two refreshes of `--watch`. */
const interval = 2_000;

/** Moves the cursor home and clears the terminal (ECMA-48, CUP and ED). */
const clearScreen = '\u001b[H\u001b[2J';

/**
 * `podfront status`: prints the status of the running daemon; with `watch` again and again until a signal.
 * @returns 0, or 1 when something is wrong
 */
export async function status(context: Context, options: StatusOptions): Promise<number> {
  const { io, config: flag } = context;
  const address = options.address === undefined ? await loadStatusAddress(io, flag) : givenAddress(options.address);
  if (options.watch === true) return watchStatus(context, address, options);
  const { text, known } = await askDaemon(address, io.signal);
  io.stdout.write(options.json === true ? text : statusAsText(known));
  return isWell(known) ? 0 : 1;
}

/** Prints the status in place until the signal, also while no daemon answers. */
async function watchStatus({ io }: Context, address: StatusAddress, { json }: StatusOptions): Promise<never> {
  for (;;) {
    let shown: string;
    try {
      const { text, known } = await askDaemon(address, io.signal);
      shown = json === true ? text : statusAsText(known);
    } catch (error) {
      io.signal.throwIfAborted();
      if (!(error instanceof Problem)) throw error;
      shown = `${visible(error.message)}\n`;
    }
    io.stdout.write(io.stdout.isTTY ? `${clearScreen}${shown}` : shown);
    await systemClock.sleep(interval, io.signal);
  }
}

function givenAddress(text: string): StatusAddress {
  const wrong = (what: string) => problem('usage.arguments', { what: `--address: ${what}`, command: 'podfront status' });
  try {
    const address = readStatus(text);
    if (address !== null) return address;
  } catch (error) {
    if (error instanceof Problem) throw wrong(error.message);
    throw error;
  }
  throw wrong('none is not an address');
}

async function askDaemon(address: StatusAddress, signal: AbortSignal): Promise<{ readonly text: string; readonly known: Status }> {
  const text = await fetchStatus(address, signal);
  return { text, known: parse(address, text) };
}

function fetchStatus(address: StatusAddress, signal: AbortSignal): Promise<string> {
  const where = address.kind === 'unix' ? { socketPath: address.path } : { host: address.address.text, port: address.port };
  // The timeout of a request is for a silent connection; this one is for the whole answer.
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(problem('status.unreachable', { address: statusAddressText(address), why }));
    const failed = (error: NodeJS.ErrnoException) => {
      if (shortageOf(error) !== null) reject(error);
      else fail(within.aborted ? `no answer within ${timeout} ms` : (error.code ?? error.message));
    };
    const pending = request({ ...where, path: '/status', signal: within, agent: false }, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response
        .on('data', (part: Buffer) => {
          parts.push(part);
          size += part.length;
          if (size <= maxBytes) return;
          fail(`its answer has more than ${maxBytes} bytes`);
          response.destroy();
        })
        .once('error', failed)
        .once('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          if (response.statusCode === 200) resolve(text);
          else fail(`it answered ${response.statusCode}: ${text.slice(0, 200).trim()}`);
        });
    });
    pending.once('error', failed);
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
    ...(config.problem === null ? [] : [`configuration rejected: ${config.problem.message}`, `  ${config.problem.hint}`]),
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
    ...(left === null || left.code === failing?.code ? [] : [`held back: ${left.message}`]),
  ].join('; ');
}
