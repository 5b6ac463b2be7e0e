import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { Config, Listen } from '../../src/config/config.ts';
import { type DaemonOptions, type DaemonWorld, daemon } from '../../src/daemon/daemon.ts';
import type { Notice } from '../../src/daemon/notice.ts';
import type { ReconcileResult } from '../../src/daemon/reconciliation.ts';
import { renderer } from '../../src/haproxy/file/render.ts';
import { readTemplates } from '../../src/haproxy/load-templates.ts';
import { parseVersion } from '../../src/haproxy-syntax/version.ts';
import type { LoadBalancer } from '../../src/load-balancer/open.ts';
import type { Problem } from '../../src/problem/problem.ts';
import type { Observation } from '../../src/source/observation.ts';
import { type FakeClock, openFakeClock } from './fake-clock.ts';
import { type FakeHaproxy, openFakeHaproxy } from './fake-haproxy.ts';
import { openFakeSource } from './fake-source.ts';

/** The real loop and the real reconciliation, on a clock, a source and a HAProxy that the test controls. */
export interface DaemonWithFakes {
  readonly clock: FakeClock;
  readonly haproxy: FakeHaproxy;
  /** Puts another configuration on disk, or a problem that reading it has. */
  readonly configure: (config: Config | Problem) => void;
  readonly hangup: () => void;
  /** Ends the daemon as SIGTERM does, and returns the last result. */
  readonly end: () => Promise<ReconcileResult | null>;
  readonly ended: Promise<ReconcileResult | null>;
}

export interface DaemonFakes {
  readonly config: Config;
  readonly observe: (listen: Listen, now: number) => Observation;
  readonly start?: number;
  readonly options?: Partial<DaemonOptions>;
  readonly report?: (notice: Notice) => void;
  readonly log?: (line: string) => void;
  /** Whether HAProxy runs from the start. */
  readonly running?: boolean;
  /** What Services are watched and written through. */
  readonly loadBalancer?: LoadBalancer;
}

export const version = parseVersion('2.6');
export const render = renderer(readTemplates(fileURLToPath(new URL('../../', import.meta.url)), null), version);

/** Starts a daemon, which ends with the test. */
export function startDaemon(t: ExecutionContext, fakes: DaemonFakes, makeClock = openFakeClock): DaemonWithFakes {
  const clock = makeClock(fakes.start);
  const haproxy = openFakeHaproxy(fakes.log);
  if (fakes.running ?? true) haproxy.start();
  let onDisk: Config | Problem = fakes.config;
  let revision = 0;
  let changed = () => {};
  let hangup = () => {};
  const stop = new AbortController();
  const world: DaemonWorld = {
    clock,
    async load() {
      if ('exit' in onDisk) throw onDisk;
      return { config: onDisk, render, version, content: String(revision) };
    },
    watchSource: openFakeSource(clock, fakes.observe).watch,
    watchFiles(_, listener, signal) {
      changed = listener;
      return clock.sleep(Number.MAX_SAFE_INTEGER, signal);
    },
    openHaproxy: () => haproxy,
    watchHealth: async () => {},
    openLoadBalancer() {
      if (fakes.loadBalancer === undefined) throw new Error('the test has no load balancer');
      return fakes.loadBalancer;
    },
    lock: async () => ({ release: async () => {} }),
    onHangup: (listener) => {
      hangup = listener;
    },
    report: fakes.report ?? (() => {}),
  };
  const ended = daemon(world, { once: false, dryRun: false, ...fakes.options }, stop.signal);
  const end = () => {
    stop.abort('SIGTERM');
    return ended;
  };
  t.teardown(end);
  return {
    clock,
    haproxy,
    configure(config) {
      onDisk = config;
      revision++;
      changed();
    },
    hangup: () => hangup(),
    end,
    ended,
  };
}
