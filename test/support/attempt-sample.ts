import type { Config } from '../../src/config/config.ts';
import type { Attempt } from '../../src/daemon/reconciliation.ts';
import { initialState } from '../../src/daemon/state.ts';
import { reloadDigest } from '../../src/haproxy/file/reload-digest.ts';
import { runtimeListens } from '../../src/haproxy/file/runtime-listens.ts';
import { desiredFile } from '../../src/plan/desired-file.ts';
import type { Observation } from '../../src/source/observation.ts';
import { render, version } from './daemon-with-fakes.ts';

/** An attempt under a running HAProxy whose current file has what was observed before. */
export function attempt(
  config: Config,
  before: readonly Observation[],
  now: readonly Observation[],
  given: Partial<Attempt> = {},
): Attempt {
  const { text: current } = desiredFile({ config, render, version, observations: before, currentFile: null });
  const state = { kind: 'running', master: 1, worker: { pid: 7, start: 70 }, counts: null } as const;
  return {
    inspection: {
      currentFile: current,
      digest: reloadDigest(current),
      state,
      servers: { listens: runtimeListens(current), problem: null },
    },
    state: initialState,
    desired: desiredFile({ config, render, version, observations: now, currentFile: current }),
    plan: { kind: 'reload', reasons: ['the test says so', 'twice'] },
    decidedAt: 5_000,
    patched: [],
    ...given,
  };
}
