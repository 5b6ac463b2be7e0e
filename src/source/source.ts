import type { Config, Listen } from '../config/config.ts';
import type { Observation } from './observation.ts';

/** Listens that podfront.yaml does not have, because Services bring them; they come and go while a source is watched. */
export interface ListenFeed {
  /** The listens now. One that has not changed is the same object as before. */
  readonly current: () => readonly Listen[];
  /** Calls the listener after each change; there is one listener. */
  readonly onChange: (listener: () => void) => void;
}

/** Where the endpoints of listens come from. The configuration says of which listens, and how to reach them. */
export interface Source {
  /**
   * Asks once for every listen of the configuration. Observations come in the order of the listens; one that could not be had
   * has failed. Rejects only with the signal's reason.
   *
   * @param explain whether to ask further questions, whose answers only become warnings
   */
  readonly list: (config: Config, signal: AbortSignal, explain?: boolean) => Promise<readonly Observation[]>;
  /**
   * Reports observations as they come, until the signal. Rejects with the signal's reason.
   *
   * @param feed listens beside those of the configuration, all with `records: endpoints`
   */
  readonly watch: (
    config: Config,
    report: (observations: readonly Observation[]) => void,
    signal: AbortSignal,
    feed?: ListenFeed,
  ) => Promise<void>;
}
