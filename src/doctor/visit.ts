import type { Context } from '../cli.ts';
import type { Config } from '../core/config.ts';
import type { Observation } from '../core/observation.ts';
import type { Version } from '../core/version.ts';
import type { Recognised } from '../haproxy/recognise.ts';
import type { Api } from './api.ts';

/** What all groups of checks look at; gathered once. */
export interface Visit {
  /** Its signal ends every wait when the visit has taken too long. */
  readonly context: Context;
  readonly config: Config;
  /** The output as it is; null when there is none. */
  readonly disk: string | null;
  /** Of the installed HAProxy; null when there is none. */
  readonly version: Version | null;
  /** The version to write for: the configured one, else the installed one, else the oldest that is common. */
  readonly target: Version;
  /** Why the installed HAProxy is none podfront can write for. */
  readonly versionProblem: string | null;
  /** The running HAProxy, and the shape of the file it runs. */
  readonly running: Recognised;
  /** What cluster DNS says of each listen, in their order. */
  readonly observations: readonly Observation[];
  /** What the API server showed; null without `cluster.master`. */
  readonly api: Api | null;
}
