import type { Config, Listen } from '../config/config.ts';
import type { Observation } from './observation.ts';

/** The listens of Services, which are not in podfront.yaml; they come and go while a source is watched. */
export interface ListenFeed {
  /** The current listens. An unchanged listen is the same object as before. */
  readonly current: () => readonly Listen[];
  /** Sets the one listener that is called after each change. */
  readonly onChange: (listener: () => void) => void;
}

/** A source of endpoints. The configuration has the listens, and says how to reach the source. */
export interface Source {
  /**
   * Asks once for every listen of the configuration. Observations come in the order of the listens; without an answer the observation
   * is a failure. Rejects only with the signal's reason.
   *
   * @param explain whether to ask further questions, whose answers only lead to warnings
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
