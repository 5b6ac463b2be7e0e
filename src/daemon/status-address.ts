import type { Config } from '../config/config.ts';
import type { Page } from '../status/page/cached-page.ts';
import { type StatusServer, serveStatus } from '../status/server.ts';
import type { Clock } from '../system/clock.ts';
import type { Reporter } from './reporter.ts';

/** Milliseconds between two samples of the page's history, unless one matters: a status of a thousand listens takes some 20 ms. */
const recordEvery = 5_000;

/** The server on the status address, wherever the configuration has it now. */
export interface StatusAddress {
  /** Serves on the address of a configuration. Throws Problem, and goes on serving where it did before. */
  readonly move: (config: Config) => Promise<void>;
  /** Takes the status into the history of the page; one that `matters` at once. */
  readonly record: (matters: boolean) => void;
  readonly close: () => Promise<void>;
}

/** Serves nothing yet. `root` is the folder of the package. */
export function openStatusAddress(reporter: Pick<Reporter, 'status'>, root: string, clock: Clock): StatusAddress {
  let server: StatusServer | null = null;
  let page: Page | null = null;
  let address = '';
  let recordedAt = 0;
  return {
    async move({ status }) {
      const wanted =
        status === null ? '' : JSON.stringify(status, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      if (wanted === address) return;
      const before = server;
      if (status === null) server = null;
      else {
        const { openExposition } = await import('../status/exposition.ts');
        const { openPage } = await import('../status/page/cached-page.ts');
        page ??= openPage(root, clock);
        server = await serveStatus(status, reporter.status, await openExposition(), page);
      }
      address = wanted;
      await before?.close();
    },
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
