import { request } from 'node:http';
import type { StatusAddress } from '../config/config.ts';
import { loadStatusAddress } from '../config/status-address.ts';
import { readStatus } from '../config/values/haproxy.ts';
import type { Context } from '../context.ts';
import { Problem, problem, visible } from '../problem/problem.ts';
import { isWell, statusAsText } from '../status/report.ts';
import { statusAddressText } from '../status/server.ts';
import type { Status } from '../status/status.ts';
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
