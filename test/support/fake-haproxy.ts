import type { Config } from '../../src/config/config.ts';
import { reloadDigest } from '../../src/haproxy/file/reload-digest.ts';
import { type RuntimeListens, runtimeListens } from '../../src/haproxy/file/runtime-listens.ts';
import { listenBlocks } from '../../src/haproxy/file/sections.ts';
import type { ApplyOutcome, ApplyRequest } from '../../src/haproxy/process/apply.ts';
import type { CheckResult } from '../../src/haproxy/process/check.ts';
import type { Haproxy } from '../../src/haproxy/process/haproxy.ts';
import type { HaproxyState } from '../../src/haproxy/process/inspect.ts';
import type { PatchOutcome } from '../../src/haproxy/process/runtime-update.ts';
import type { ServersReading } from '../../src/haproxy/process/servers-state.ts';
import type { RunningServer, ServerAction } from '../../src/haproxy/slots/server-actions.ts';
import { Problem, problem } from '../../src/problem/problem.ts';

/** A HAProxy in memory that makes faults on demand, with the file it loads. */
export interface FakeHaproxy extends Haproxy {
  /** The file on disk; null when there is none. The test may change it. */
  current: string | null;
  /** What it says of its servers. */
  reading: ServersReading;
  /** What `haproxy -c` says of a listen's block; null accepts it. */
  refuses: (listen: string, block: string) => string | null;
  /** The addresses that cannot be bound, with the listen that wants each. */
  readonly takenBy: Map<string, Problem>;
  /** What the next reload fails with; null lets it succeed. */
  failsNextReload: string | null;
  /** What the next change is prevented by; null lets it go on. */
  preventsNext: Problem | null;
  /** Why servers cannot be changed at run time; null where they can. */
  runtimeProblem: Problem | null;
  /** What changes of servers at run time come to, half of which are made; null: HAProxy makes them. */
  failsPatches: PatchOutcome | null;
  /** Servers that keep their connections, so that they cannot be removed yet: `listen/server`. */
  readonly connected: Set<string>;
  /** What HAProxy refuses in a file that it loads beside ours; null accepts it. */
  refusesOthers: Problem | null;
  /** Starts or restarts HAProxy on the file on disk, as its unit would. */
  readonly start: () => void;
  readonly stop: () => void;
  /** Digest of the file that it runs; null when it does not run. */
  readonly runs: () => string | null;
  readonly reloads: () => number;
  /** The pods that it has in a listen, as `name state`. */
  readonly servers: (listen: string) => readonly string[];
}

const absent = problem('haproxy.absent', { why: '/run/haproxy.pid cannot be read: ENOENT' });

/** @param log is told of every change to the file and to the process */
export function openFakeHaproxy(log: (line: string) => void = () => {}): FakeHaproxy {
  let worker: { readonly pid: number; readonly start: number } | null = null;
  let running: string | null = null;
  let pid = 100;
  let reloads = 0;
  let servers: RuntimeListens = new Map();

  const state = (): HaproxyState =>
    worker === null ? { kind: 'absent', problem: absent } : { kind: 'running', master: 1, worker, counts: null };
  const fork = (text: string) => {
    worker = { pid: ++pid, start: pid };
    running = text;
    servers = runtimeListens(text);
    return worker;
  };
  const verdictOn = (text: string): CheckResult => {
    if (fake.refusesOthers !== null)
      return { ok: false, alerts: [{ text: 'ALERT: other.cfg', listen: null }], problem: fake.refusesOthers };
    const alerts = [...listenBlocks(text)].flatMap(([listen, block]) => {
      const why = fake.refuses(listen, block);
      return why === null ? [] : [{ text: why, listen }];
    });
    if (alerts.length === 0) return { ok: true, warnings: [] };
    const names = alerts.map(({ listen }) => `listen.${listen}`).join(', ');
    return { ok: false, alerts, problem: problem('haproxy.refused', { hint: `look at ${names} in podfront.yaml` }) };
  };

  const changed =
    (listen: string) =>
    (before: readonly RunningServer[], action: ServerAction): readonly RunningServer[] => {
      const others = before.filter(({ name }) => name !== action.server);
      const stays = action.kind !== 'remove' || (fake.connected.has(`${listen}/${action.server}`) && !action.close);
      const address = before.find(({ name }) => name === action.server)?.address ?? ('address' in action ? action.address : '');
      const state = ({ add: 'ready', ready: 'ready', drain: 'drain', remove: 'maint' } as const)[action.kind];
      log(`HAProxy: ${action.kind} ${listen}/${action.server}`);
      return stays ? [...others, { name: action.server, address, state }] : others;
    };

  const fake: FakeHaproxy = {
    current: null,
    reading: { kind: 'unknown', why: 'no socket' },
    refuses: () => null,
    takenBy: new Map(),
    failsNextReload: null,
    preventsNext: null,
    runtimeProblem: null,
    failsPatches: null,
    connected: new Set(),
    refusesOthers: null,
    inspect: async () => ({
      currentFile: fake.current,
      state: state(),
      digest: running === null ? null : reloadDigest(running),
      servers: worker === null ? null : { listens: servers, problem: fake.runtimeProblem },
    }),
    findProcess: async () => state(),
    readFile: async () => fake.current,
    readServers: async () => fake.reading,
    check: async (text) => verdictOn(text),
    async findUnbindable(_, desired) {
      const listens = [...listenBlocks(desired).keys()].flatMap((name) => {
        const taken = fake.takenBy.get(name);
        return taken === undefined ? [] : [[name, taken] as const];
      });
      return { listens: new Map(listens), general: fake.takenBy.get('') ?? null };
    },
    async patch(changes) {
      const listens = new Map(
        [...changes].map(([name, { listen, actions }]) => {
          const made = fake.failsPatches === null ? actions : actions.slice(0, actions.length / 2);
          return [name, { ...listen, servers: made.reduce(changed(name), listen.servers) }];
        }),
      );
      servers = new Map([...servers, ...listens]);
      return fake.failsPatches ?? { kind: 'patched', listens };
    },
    async apply(request: ApplyRequest): Promise<ApplyOutcome> {
      if (fake.preventsNext !== null) {
        const prevented = fake.preventsNext;
        fake.preventsNext = null;
        throw prevented;
      }
      const lastGood = fake.current;
      if (request.write) {
        const verdict = verdictOn(request.text);
        if (!verdict.ok) {
          log(`haproxy -c refuses ${verdict.alerts.map(({ listen }) => listen ?? 'another file').join(', ')}`);
          return { kind: 'refused', verdict };
        }
        fake.current = request.text;
      }
      if (!request.reload) return { kind: 'refreshed' };
      if (worker === null) return { kind: 'owed', problem: absent };
      reloads++;
      if (fake.failsNextReload !== null) {
        const why = fake.failsNextReload;
        fake.failsNextReload = null;
        if (request.saveLastGood) fake.current = lastGood;
        log(`HAProxy fails to reload: ${why}`);
        const failed = problem('reload.failed', { why, restored: 'the last good file is back' });
        return { kind: 'failed', problem: failed, lines: [], worker };
      }
      return { kind: 'running', worker: fork(request.text) };
    },
    start() {
      fork(fake.current ?? '');
      log(`HAProxy starts, worker ${pid}`);
    },
    stop() {
      worker = null;
      running = null;
      log('HAProxy stops');
    },
    runs: () => (running === null ? null : reloadDigest(running)),
    reloads: () => reloads,
    servers: (listen) => (servers.get(listen)?.servers ?? []).map(({ name, state }) => `${name} ${state}`),
  };
  return fake;
}

/** The problem of an address that another program listens on. */
export function takenAddress(listen: string, { listens }: Config): Problem {
  const bind = listens.find(({ name }) => name === listen)?.binds[0];
  if (bind === undefined) throw new Problem('defect', `there is no listen ${listen}`, '');
  return problem('bind.taken', { bind: bind.text, owner: `listen ${listen}`, port: bind.firstPort });
}
