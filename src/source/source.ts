import type { Config } from '../config/config.ts';
import type { Observation } from './observation.ts';

/** Where the endpoints of listens come from. The configuration says of which listens, and how to reach them. */
export interface Source {
  /**
   * Asks once for every listen of the configuration. Observations come in the order of the listens; one that could not be had
   * has failed. Rejects only with the signal's reason.
   */
  readonly list: (config: Config, signal: AbortSignal) => Promise<readonly Observation[]>;
  /** Reports observations as they come, until the signal. Rejects with the signal's reason. */
  readonly watch: (config: Config, report: (observations: readonly Observation[]) => void, signal: AbortSignal) => Promise<void>;
}
