import type { Config } from '../config/config.ts';
import type { Context } from '../context.ts';
import type { RunningConfig } from '../haproxy/process/running-config.ts';
import type { ServersReading } from '../haproxy/process/servers-state.ts';
import type { Version } from '../haproxy-syntax/version.ts';
import type { Observation } from '../source/observation.ts';
import type { Source } from '../source/source.ts';
import type { ApiProbe } from './api-server.ts';

/** The facts that the checks judge, gathered once. */
export interface DoctorFacts {
  /** Its signal also ends every wait when doctor has run for too long. */
  readonly context: Context;
  readonly config: Config;
  /** The source of the observations, to ask it again. */
  readonly source: Source;
  /** The text of the output file; null when there is none. */
  readonly currentFile: string | null;
  /** The version of the installed HAProxy; null when none is installed. */
  readonly version: Version | null;
  /** The version to write for: the configured one, else the installed one, else the oldest one in common use. */
  readonly target: Version;
  /** The reason why podfront cannot write for the installed HAProxy; null when it can. */
  readonly versionProblem: string | null;
  /** The running HAProxy and the configuration it runs. */
  readonly running: RunningConfig;
  /** The servers of the running HAProxy, by listen. */
  readonly servers: ServersReading;
  /** One observation for each listen, in their order. */
  readonly observations: readonly Observation[];
  /** The answer of the API server; null without `cluster.master`. */
  readonly api: ApiProbe | null;
}
