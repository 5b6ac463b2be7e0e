import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { Haproxy } from '../../demo/haproxy.ts';
import { type Pods, startPods } from '../../demo/pods.ts';
import { reservePort } from '../../demo/ports.ts';
import type { Config, HaproxyConfig, Listen, Pace } from '../../src/config/config.ts';
import { daemon } from '../../src/daemon/daemon.ts';
import { openLog } from '../../src/daemon/log.ts';
import { openReporter } from '../../src/daemon/reporter.ts';
import { noCounts } from '../../src/daemon/source-status.ts';
import { renderer } from '../../src/haproxy/file/render.ts';
import { readTemplates } from '../../src/haproxy/load-templates.ts';
import { openHaproxy } from '../../src/haproxy/process/haproxy.ts';
import { installedVersion } from '../../src/haproxy/process/installed-version.ts';
import { readServerRows, runningServer } from '../../src/haproxy/process/server-rows.ts';
import { defaultHaproxyTimeouts } from '../../src/haproxy/process/timeouts.ts';
import { parseBind } from '../../src/haproxy-syntax/bind.ts';
import { assumedVersion } from '../../src/haproxy-syntax/version.ts';
import type { Status } from '../../src/status/status.ts';
import { systemClock } from '../../src/system/clock.ts';
import { config, listen, observedEndpoints } from './config-sample.ts';
import { runHaproxy, tempFolder } from './haproxy.ts';

/** The daemon on the real HAProxy, and a source that says what the test says: a listen `web` whose pods come and go at run time. */
export interface RuntimeFrontend {
  readonly folder: string;
  readonly config: Config;
  readonly pods: Pods;
  /** The address of a pod of this test, which is to be started. */
  readonly address: (n: number) => string;
  /** Starts the daemon, which stops with the test or by what this returns; the source has said nothing yet. */
  readonly watch: (over?: Partial<HaproxyConfig>) => () => Promise<void>;
  readonly startHaproxy: () => Promise<Haproxy>;
  /** What the source says of the listen from now on: `name address`, `name address draining`. */
  readonly observe: (...pods: readonly string[]) => void;
  /** The servers that HAProxy has, as `name address state`. */
  readonly servers: () => Promise<readonly string[]>;
  /** Waits until HAProxy has these servers and no others. */
  readonly has: (...servers: readonly string[]) => Promise<void>;
  /** Waits until something holds. */
  readonly until: (holds: () => Promise<boolean> | boolean, what: string) => Promise<void>;
  readonly text: () => Promise<string>;
  readonly get: (path?: string) => Promise<string>;
  readonly status: () => Status | null;
  readonly log: () => string;
}

export interface RuntimeOptions {
  readonly listen?: Partial<Listen>;
  readonly haproxy?: (folder: string) => Partial<HaproxyConfig>;
  readonly pace?: Partial<Pace>;
}

let next = 0;

/** Prepares the frontend; neither the daemon nor HAProxy runs yet. */
export async function runtimeFrontend(
  t: ExecutionContext,
  { listen: given = {}, haproxy: over = () => ({}), pace = {} }: RuntimeOptions = {},
): Promise<RuntimeFrontend> {
  const folder = await tempFolder(t);
  const net = `127.${130 + (process.pid % 90)}.${next++}`;
  const pods = await startPods([`${net}.1`]);
  t.teardown(pods.close);
  const port = await reservePort();
  const web = listen({
    name: 'web',
    binds: [{ ...parseBind(`127.0.0.1:${port}`), tls: null }],
    destination: { kind: 'pods', port: pods.port },
    records: 'endpoints',
    mode: 'http',
    ...given,
  });
  const output = join(folder, 'haproxy.cfg');
  const base = config([web], { output, reload: { kind: 'master', socket: join(folder, 'master.sock') }, ...over(folder) });
  const settings: Config = {
    ...base,
    cluster: { ...base.cluster, api: { kind: 'inCluster' } },
    pace: { ...base.pace, poll: 1_000, settle: { min: 50, max: 500 }, reloadEvery: 500, drain: 3_600_000, ...pace },
  };
  const version = (await installedVersion('haproxy', process.env, new AbortController().signal)) ?? assumedVersion;
  const render = renderer(readTemplates(fileURLToPath(new URL('../../', import.meta.url)), null), version);

  let log = '';
  let observed: readonly string[] | null = null;
  let report: (() => void) | null = null;
  let status: () => Status | null = () => null;
  let running: Haproxy | null = null;
  t.teardown(() => {
    if (!t.passed) t.log(log);
  });

  function watch(haproxy: Partial<HaproxyConfig> = {}): () => Promise<void> {
    const stop = new AbortController();
    const lines = openLog((line) => (log += line), { level: 'debug', format: 'text', journal: false, clock: systemClock });
    const notify = { ready: () => {}, reloading: () => {}, status: () => {}, alive: () => {}, stopping: async () => {} };
    const reporter = openReporter('1.0.0', {
      log: lines,
      notify,
      clock: systemClock,
      host: 'here',
      apiCounts: () => noCounts,
      readServers: async () => null,
    });
    status = reporter.status;
    const own = { ...settings, haproxy: { ...settings.haproxy, ...haproxy } };
    const ended = daemon(
      {
        clock: systemClock,
        load: async () => ({ config: own, render, version, content: '' }),
        async watchSource(_, told, signal) {
          report = () => observed !== null && told([observedEndpoints(web, observed)]);
          report();
          await systemClock.sleep(2 ** 31 - 1, signal);
        },
        watchFiles: (_content, _changed, signal) => systemClock.sleep(2 ** 31 - 1, signal),
        watchHealth: async () => {},
        openLoadBalancer() {
          throw new Error('the test has no load balancer');
        },
        openHaproxy: (of) =>
          openHaproxy(of, {
            env: process.env,
            clock: systemClock,
            kill: process.kill,
            onWarnings: () => {},
            timeouts: defaultHaproxyTimeouts,
          }),
        lock: async () => ({ release: async () => {} }),
        onHangup: () => {},
        report: reporter.report,
      },
      { once: false, dryRun: false },
      stop.signal,
    );
    const end = async () => {
      stop.abort('SIGTERM');
      await ended;
    };
    t.teardown(end);
    return end;
  }

  async function until(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
    for (const deadline = Date.now() + 30_000; !(await holds()); ) {
      if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await sleep(10);
    }
  }

  async function servers(): Promise<readonly string[]> {
    const rows = readServerRows((await running?.tell('show servers state')) ?? '') ?? [];
    return rows.map((row) => `${row.name} ${row.address} ${row.weight === 0 ? 'drain' : runningServer(row).state}`).sort();
  }

  const front: RuntimeFrontend = {
    folder,
    config: settings,
    pods,
    address: (n) => `${net}.${n}`,
    watch,
    async startHaproxy() {
      await until(async () => (await readFile(output, 'utf8').catch(() => '')) !== '', 'there is a file');
      running = await runHaproxy(t, { folder, files: [output] });
      return running;
    },
    observe(...said) {
      observed = said.map((text) => text.replace(/^(\S+ \S+)/, `$1:${pods.port}`));
      report?.();
    },
    servers,
    has: async (...wanted) => {
      let found: readonly string[] = [];
      await until(
        async () => {
          found = await servers().catch(() => []);
          return found.join() === [...wanted].sort().join();
        },
        `HAProxy has ${wanted.join(', ')}`,
      ).catch((error: Error) => {
        throw new Error(`${error.message}; it has ${found.join(', ')}`);
      });
    },
    until,
    text: () => readFile(output, 'utf8'),
    get: async (path = '/') => (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text(),
    status: () => status(),
    log: () => log,
  };
  return front;
}
