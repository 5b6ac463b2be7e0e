import type { Config } from '../config/config.ts';
import { Problem } from '../problem/problem.ts';
import type { Histograms } from '../status/exposition.ts';
import type { Page } from '../status/page/cached-page.ts';
import { type StatusServer, serveStatus } from '../status/server.ts';
import type { Clock } from '../system/clock.ts';
import type { Reporter } from './reporter.ts';

/** Milliseconds between two samples of the page's history, unless one matters: a status of a thousand listens takes some 20 ms. */
const recordEvery = 5_000;
/** Milliseconds after which an address that cannot be served on is tried again. */
const retryAfter = 5_000;

/** The server on the status address, wherever the configuration has it now. */
export interface StatusPublisher {
  /**
   * Serves on the address of a configuration; where that fails, goes on serving where it did before, if anywhere.
   * Returns why it failed; null where it did not.
   */
  readonly move: (config: Config) => Promise<Problem | null>;
  /** Tries once more where it failed, every few seconds. */
  readonly retry: () => Promise<Problem | null>;
  /** Takes the status into the history of the page; one that `matters` at once. */
  readonly record: (matters: boolean) => void;
  readonly close: () => Promise<void>;
}

type Address = NonNullable<Config['status']>;

/** Serves nothing yet. `root` is the folder of the package. */
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
