import { request } from 'node:http';
import type { StatusAddress } from '../config/config.ts';
import { problem } from '../problem/problem.ts';
import { connectionReasonOf, shortageOf } from '../system/system-error.ts';
import { withTimeLimit } from '../system/time-limit.ts';
import { statusAddressText } from './server.ts';
import type { Status } from './status.ts';

/** Milliseconds to wait for the whole response; the timeout option of a request applies to a silent connection. */
const timeout = 5_000;

/** The largest response that is read, in bytes: 10,000 listens take about 5 MB. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Asks the running daemon for its status; returns it as text and parsed.
 * @throws Problem `status.unreachable`
 */
export async function askDaemon(address: StatusAddress, signal: AbortSignal): Promise<{ readonly text: string; readonly status: Status }> {
  const text = await withTimeLimit(timeout, signal, (within) => fetchStatus(address, within));
  return { text, status: parse(address, text) };
}

function fetchStatus(address: StatusAddress, within: AbortSignal): Promise<string> {
  const where = address.kind === 'unix' ? { socketPath: address.path } : { host: address.address.text, port: address.port };
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(problem('status.unreachable', { address: statusAddressText(address), why }));
    const failed = (error: NodeJS.ErrnoException) => {
      if (shortageOf(error) !== null) reject(error);
      else fail(within.aborted ? `no answer within ${timeout} ms` : connectionReasonOf(error));
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
    const status = JSON.parse(text) as Status;
    if (Array.isArray(status.listens) && typeof status.haproxy === 'object') return status;
  } catch {
    // The text is of another program.
  }
  throw problem('status.unreachable', { address: statusAddressText(address), why: 'what answers there is not podfront' });
}
