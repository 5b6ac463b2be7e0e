import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { parseAddress } from '../../../src/ip/address.ts';
import { openExposition } from '../../../src/status/exposition.ts';
import { openPage, type Page } from '../../../src/status/page/cached-page.ts';
import { serveStatus } from '../../../src/status/server.ts';
import type { Status } from '../../../src/status/status.ts';
import type { Clock } from '../../../src/system/clock.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { badDay, listenDetails, listenStatus, noon, status as wellStatus } from './sample.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The status server of `watch` on loopback, with a status that the test sets and a time it begins at. */
export interface Served {
  readonly url: string;
  readonly page: Page;
  /** Sets the status that is served from now on; null: the daemon is stuck. */
  readonly show: (status: Status | null) => void;
  /** Lets time pass, with the same status seen each second. */
  readonly pass: (seconds: number) => void;
  readonly close: () => Promise<void>;
}

export async function served(t: ExecutionContext, first: Status | null, begin: number): Promise<Served> {
  const real = systemClock.now();
  let status = first;
  let ahead = 0;
  const clock: Clock = { now: () => begin + ahead + systemClock.now() - real, sleep: systemClock.sleep };
  const page = openPage(root, clock);
  const address = parseAddress('127.0.0.1');
  if (address === null) throw new Error('no loopback address');
  const exposition = await openExposition({});
  const details = async (name: string) => {
    const listen = status?.listens.find((one) => one.listen === name);
    return listen === undefined ? null : listenDetails(listen);
  };
  const server = await serveStatus({ kind: 'tcp', address, port: 0 }, { status: () => status, details, exposition, page, root });
  const close = () => server.close();
  t.teardown(close);
  return {
    url: `http://127.0.0.1:${server.port}/`,
    page,
    show: (next) => {
      status = next;
      if (next !== null) page.record(next);
    },
    pass: (seconds) => {
      for (let i = 0; i < seconds; i++) {
        ahead += 1_000;
        if (status !== null) page.record(status);
      }
    },
    close,
  };
}

/** A page after an hour in which everything happened. */
export async function eventful(t: ExecutionContext): Promise<Served> {
  const at = await served(t, wellStatus(), noon - 3_600_000);
  const names = badDay().listens.map(({ listen }) => listen);
  for (let i = 0; i < 36; i++) {
    at.show(wellStatus({ listens: names.map((listen, j) => listenStatus({ listen, pods: (i * (j + 3)) % 23, slots: i < 20 ? 20 : 40 })) }));
    at.pass(97);
  }
  at.show(badDay());
  return at;
}
