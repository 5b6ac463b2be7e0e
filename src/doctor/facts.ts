import type { Config } from '../config/config.ts';
import type { Context } from '../context.ts';
import type { RunningConfig } from '../haproxy/process/running-config.ts';
import type { Version } from '../haproxy-syntax/version.ts';
import type { Observation } from '../source/observation.ts';
import type { Source } from '../source/source.ts';
import type { ApiProbe } from './api-server.ts';

/** What all groups of checks look at; gathered once. */
export interface DoctorFacts {
  /** Its signal ends every wait when the visit has taken too long. */
  readonly context: Context;
  readonly config: Config;
  /** Where the observations came from, for whoever looks again. */
  readonly source: Source;
  /** The output as it is; null when there is none. */
  readonly currentFile: string | null;
  /** Of the installed HAProxy; null when there is none. */
  readonly version: Version | null;
  /** The version to write for: the configured one, else the installed one, else the oldest that is common. */
  readonly target: Version;
  /** Why the installed HAProxy is none podfront can write for. */
  readonly versionProblem: string | null;
  /** The running HAProxy, and the shape of the file it runs. */
  readonly running: RunningConfig;
  /** What cluster DNS says of each listen, in their order. */
  readonly observations: readonly Observation[];
  /** What the API server showed; null without `cluster.master`. */
  readonly api: ApiProbe | null;
}
