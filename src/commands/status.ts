import type { StatusAddress } from '../config/config.ts';
import { loadStatusAddress } from '../config/status-address.ts';
import { readStatus } from '../config/values/haproxy.ts';
import type { Context } from '../context.ts';
import { Problem, problem, visible } from '../problem/problem.ts';
import { askDaemon } from '../status/ask-daemon.ts';
import { isWell, statusAsText } from '../status/report.ts';
import { systemClock } from '../system/clock.ts';
import { writeResult } from '../system/output.ts';

/** The options of `podfront status`. */
export interface StatusOptions {
  readonly json?: boolean;
  /** The status address, in place of the configuration's. */
  readonly address?: string;
  readonly watch?: boolean;
}

/** Milliseconds between two refreshes of `--watch`. */
const interval = 2_000;

/** Moves the cursor home and clears the terminal (ECMA-48, CUP and ED). */
const clearScreen = '\u001b[H\u001b[2J';

/**
 * `podfront status`: prints the status of the running daemon; with `watch` repeatedly until a signal.
 * @returns 0, or 1 when something is wrong
 */
export async function status(context: Context, options: StatusOptions): Promise<number> {
  const { io, config: flag } = context;
  const address = options.address === undefined ? await loadStatusAddress(io, flag) : givenAddress(options.address);
  if (options.watch === true) return watchStatus(context, address, options);
  const { text, status: current } = await askDaemon(address, io.signal);
  writeResult(io.stdout, options.json === true ? text : statusAsText(current));
  return isWell(current) ? 0 : 1;
}

/** Prints the status in place until the signal, also while no daemon answers. */
async function watchStatus({ io }: Context, address: StatusAddress, { json }: StatusOptions): Promise<never> {
  for (;;) {
    let shown: string;
    try {
      const { text, status: current } = await askDaemon(address, io.signal);
      shown = json === true ? text : statusAsText(current);
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
