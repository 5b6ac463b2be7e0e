import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CrashOptions, type CrashRow, momentsOf, preload, readSteps } from './crashing.ts';
import { type PodsOfService, startPatchScene } from './patch-scene.ts';

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const kept = numbers(1, 4);
/** From one to the other pods are added, drained, enabled and removed; so many that their commands take several connections. */
const states: readonly [PodsOfService, PodsOfService] = [
  { ready: [...kept, 5, ...numbers(10, 40)], draining: [6] },
  { ready: [...kept, 6, ...numbers(50, 40)], draining: [5] },
];
/** At first there are only pods that never leave, so that one of them has the connection that lasts. */
const stateOf = (n: number): PodsOfService => (n === 0 ? { ready: [...kept, 5, 6], draining: [] } : states[n % 2 === 0 ? 0 : 1]);

/**
 * Kills podfront with SIGKILL at every step of a change of pods at run time, and of the file that follows, while clients send
 * requests. Each time HAProxy must send requests to all pods that stay and know none that never was, and accept the file; the next
 * podfront must finish the change without a reload. No request may fail, and a connection that lasts must last.
 */
export async function crashPatches({ folder, podfront, rounds }: Omit<CrashOptions, 'scenarios'>): Promise<readonly CrashRow[]> {
  const [notes, armed] = [join(folder, 'notes'), join(folder, 'armed')];
  const scene = await startPatchScene(folder, [...kept, 5, 6, ...numbers(10, 80)]);
  let current = 0;

  function start(env: Readonly<Record<string, string>>): ChildProcess {
    const [file = '', ...main] = podfront;
    return spawn(file, ['--require', preload, ...main, '--config', scene.config, 'watch'], {
      stdio: 'ignore',
      env: { PATH: process.env.PATH, CRASH_OUTPUT: scene.output, CRASH_ARMED: armed, ...env },
    });
  }

  /** Whether podfront has made HAProxy and the file have these pods, and rests. */
  async function isDone(child: ChildProcess, pods: PodsOfService): Promise<boolean> {
    return !hasEnded(child) && (await scene.isServed(pods)) && scene.isCurrent();
  }

  /** Waits until podfront has finished what one that was killed has begun. Returns what is wrong. */
  async function finish(child: ChildProcess): Promise<readonly string[]> {
    for (const until = Date.now() + 30_000; Date.now() < until; await sleep(50))
      if (await isDone(child, stateOf(current))) return scene.complaints();
    await end(child);
    return ['the next podfront did not finish', ...(await scene.complaints())];
  }

  /**
   * Makes the next change, with a podfront that begins by finishing the last one. Returns how it ended, what was wrong when it began,
   * and what was right after its end.
   */
  async function change(env: Readonly<Record<string, string>>): Promise<Change> {
    rmSync(armed, { force: true });
    const child = start(env);
    const unfinished = await finish(child);
    const [before, after] = [stateOf(current), stateOf(++current)];
    writeFileSync(armed, '');
    scene.serve(after);
    // It may come through: a step is left out where HAProxy has no connections to wait for.
    for (const until = Date.now() + 30_000; !hasEnded(child); await sleep(50))
      if (Date.now() > until || (await isDone(child, after))) child.kill('SIGTERM');
    return { isKilled: child.signalCode === 'SIGKILL', unfinished, wrong: await wrongAfter(before, after) };
  }

  async function wrongAfter(before: PodsOfService, after: PodsOfService): Promise<readonly string[]> {
    const servers = await scene.servers();
    const known = new Set([before, after].flatMap(({ ready, draining }) => [...ready, ...draining]));
    const lost = before.ready.filter((n) => after.ready.includes(n) && servers.get(n) !== true);
    const unknown = [...servers.keys()].filter((n) => !known.has(n));
    return [
      ...lost.map((n) => `pod ${n} stays, and gets no connections`),
      ...unknown.map((n) => `HAProxy has pod ${n}, which the API has not`),
      ...(scene.isInFile(before) || scene.isInFile(after) ? [] : ['the file has neither the old pods nor the new ones']),
      ...(await scene.complaints()),
    ];
  }

  try {
    scene.serve(stateOf(current));
    const first = start({});
    while (!scene.isInFile(stateOf(current))) await sleep(20);
    await scene.startTraffic();
    await end(first);
    await change({});
    await change({ CRASH_NOTES: notes });
    const all = readSteps(notes);
    // What comes before is no change yet.
    const steps = all.slice(all.findIndex(({ name }) => name === 'send changes'));
    const rows = steps.map(({ name }) => ({ scenario: 'pods change at run time', point: name, kills: 0, bad: [] as string[] }));
    let previous: { readonly bad: string[] } = { bad: [] };
    for (const [i, row] of rows.entries()) {
      for (const { moment, when } of momentsOf(steps, i, rounds)) {
        const { isKilled, unfinished, wrong } = await change({ CRASH_POINT: row.point, CRASH_WHEN: when });
        previous.bad.push(...unfinished.map((what) => `after it: ${what}`));
        row.bad.push(...wrong.map((what) => `${moment}: ${what}`));
        row.kills += Number(isKilled);
        previous = row;
      }
    }
    const last = start({});
    previous.bad.push(...(await finish(last)).map((what) => `after it: ${what}`));
    await end(last);
    return rows;
  } finally {
    await scene.close();
  }
}

interface Change {
  readonly isKilled: boolean;
  readonly unfinished: readonly string[];
  readonly wrong: readonly string[];
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  while (!hasEnded(child)) await sleep(10);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
