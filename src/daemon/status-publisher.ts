import type { Config } from '../config/config.ts';
import { Problem } from '../problem/problem.ts';
import type { Histograms } from '../status/exposition.ts';
import type { Page } from '../status/page/cached-page.ts';
import { type StatusServer, serveStatus } from '../status/server.ts';
import type { Clock } from '../system/clock.ts';
import type { Reporter } from './reporter.ts';

/** Milliseconds between two samples of the page's history, except after a reconciliation: a status of a thousand listens takes some 20 ms. */
const recordEvery = 5_000;
/** Milliseconds before another attempt to serve on an address that failed. */
const retryAfter = 5_000;

/** The server of the status, which moves with the address in the configuration. */
export interface StatusPublisher {
  /**
   * Serves on the address of a configuration; where that fails, the previous address stays in use, if there was one.
   * Returns the reason of the failure, or null.
   */
  readonly move: (config: Config) => Promise<Problem | null>;
  /** Tries again after a failure, at most every few seconds. */
  readonly retry: () => Promise<Problem | null>;
  /** Adds the status to the history of the page: at once if it `matters`, else every few seconds. */
  readonly record: (matters: boolean) => void;
  readonly close: () => Promise<void>;
}

type Address = NonNullable<Config['status']>;

/** Opens a publisher that does not serve yet. `root` is the folder of the package. */
export function openStatusPublisher(
  reporter: Pick<Reporter, 'status' | 'details'>,
  histograms: Histograms,
  root: string,
  clock: Clock,
): StatusPublisher {
  let server: StatusServer | null = null;
  let page: Page | null = null;
  let served = '';
  let wanted: Address | null = null;
  let problem: Problem | null = null;
  let [triedAt, recordedAt] = [0, 0];

  async function open(address: Address): Promise<StatusServer> {
    const { openExposition } = await import('../status/exposition.ts');
    const { openPage } = await import('../status/page/cached-page.ts');
    page ??= openPage(root, clock);
    const { status, details } = reporter;
    return serveStatus(address, { status, details, exposition: await openExposition(histograms), page, root });
  }

  async function serve(): Promise<Problem | null> {
    triedAt = clock.now();
    const text = wanted === null ? '' : addressKey(wanted);
    problem = null;
    if (text === served) return null;
    try {
      const before = server;
      server = wanted === null ? null : await open(wanted);
      served = text;
      await before?.close();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problem = error;
    }
    return problem;
  }

  return {
    move({ status }) {
      wanted = status;
      return serve();
    },
    retry: async () => (problem === null || clock.now() - triedAt < retryAfter ? problem : serve()),
    record(matters) {
      const now = clock.now();
      if (server === null || (!matters && now - recordedAt < recordEvery)) return;
      recordedAt = now;
      const status = reporter.status();
      if (status !== null) page?.record(status);
    },
    close: async () => server?.close(),
  };
}

function addressKey(address: Address): string {
  return JSON.stringify(address, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
