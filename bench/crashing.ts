import { spawn, spawnSync } from 'node:child_process';
import events from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../demo/cluster.ts';
import { type Haproxy, startHaproxy } from '../demo/haproxy.ts';
import { reservePorts } from '../demo/ports.ts';
import { readScene } from '../demo/scene.ts';

export interface CrashOptions {
  readonly folder: string;
  /** The command that runs podfront: a Node program. */
  readonly podfront: readonly string[];
  /** How often every moment of every step is tried; below 1: one moment a step, in turns. */
  readonly rounds: number;
  readonly scenarios: readonly Scenario[];
}

/** A step of the transaction, and what came of killing podfront there. */
export interface CrashRow {
  readonly scenario: string;
  readonly point: string;
  readonly kills: number;
  readonly bad: readonly string[];
}

/** What names the steps of podfront, and kills it at one. */
export const preload = fileURLToPath(new URL('crash-preload.cjs', import.meta.url));
const scene = readScene('services: [{name: web, headless: true, ports: [{port: 80}], pods: {first: 127.77.0.1, count: 2}}]');

/**
 * A change that HAProxy takes; one that `haproxy -c` takes and the reload fails on, so that the last good file comes back; and one
 * that `haproxy -c` refuses. With the exit status of podfront.
 */
const exits = { 'change is taken': 0, 'reload fails': 5, 'check refuses': 4 } as const;
export type Scenario = keyof typeof exits;
export const allScenarios = Object.keys(exits) as readonly Scenario[];

/**
 * Kills podfront with SIGKILL at every step of its apply transaction: before it, after it, half way through what it writes, and at a
 * random moment between it and the next. Each time the file must be the old one or the new one and HAProxy accept it; the next
 * podfront must finish the change, leave nothing behind, and reload no more than the change needs.
 */
export async function crashEverywhere({ folder, podfront, rounds, scenarios }: CrashOptions): Promise<readonly CrashRow[]> {
  const [config, notes, master] = [join(folder, 'podfront.yaml'), join(folder, 'notes'), join(folder, 'master.sock')];
  const output = join(folder, 'out', 'haproxy.cfg');
  const [port = 0, other = 0] = await reservePorts(2);
  const cluster = await startCluster({ scene });
  let edit = 0;
  let haproxy: Haproxy | undefined;
  const text = () => (existsSync(output) ? readFileSync(output, 'utf8') : '');

  /** Asks for another change than before. */
  function configure(scenario: Scenario): void {
    const broken = {
      podPort: 80,
      serviceName: 'web',
      binds: [`127.0.0.1:${other}`],
      haproxyExtraConfig: 'bind /nonexistent/podfront.sock',
    };
    edit++;
    const document = {
      cluster: { nameservers: [cluster.nameserver], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'] },
      haproxy: {
        output,
        stats: 'none',
        reload: { master },
        global: `${scenario === 'check refuses' ? 'maxcon' : 'maxconn'} ${1000 + edit}`,
      },
      listen: { web: { podPort: 80, binds: [`127.0.0.1:${port}`] }, ...(scenario === 'reload fails' && { broken }) },
    };
    writeFileSync(config, JSON.stringify(document));
  }

  /** Runs podfront for one turn. Returns whether it was killed. */
  async function turn(env: Readonly<Record<string, string>>, wanted: number): Promise<boolean> {
    const [file = '', ...main] = podfront;
    const child = spawn(file, ['--require', preload, ...main, '--config', config, 'watch', '--once'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, CRASH_OUTPUT: output, ...env },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
    const [status, signal] = (await events.once(child, 'close')) as [number | null, string | null];
    if (signal === null && status !== wanted) throw new Error(`podfront ended with ${status}:\n${said}`);
    return signal === 'SIGKILL';
  }

  const reloads = async () => (await haproxy?.processes())?.reloads ?? 0;

  /** Kills one podfront, looks at the file, lets the next one finish, and tells what is wrong. */
  async function crash(scenario: Scenario, env: Readonly<Record<string, string>>, sent: boolean, legal: (text: string) => boolean) {
    const [before, counted, bad] = [text(), await reloads(), [] as string[]];
    configure(scenario);
    if (!(await turn(env, exits[scenario]))) bad.push('it was not killed');
    const after = text();
    if (after !== before && !legal(after)) bad.push('the file is neither the old one nor the new one');
    if (spawnSync('haproxy', ['-c', '-f', output]).status !== 0) bad.push('HAProxy refuses the file');
    // What was asked for goes on without podfront; a reload that comes now is seen and not asked for again.
    for (const until = Date.now() + 3_000; sent && (await reloads()) === counted && Date.now() < until; ) await sleep(20);
    await turn({}, exits[scenario]).catch((error: Error) => bad.push(error.message));
    const finished = text();
    if (scenario === 'change is taken' ? !legal(finished) : finished !== before) bad.push('the next podfront did not finish');
    const more = (await reloads()) - counted;
    if (scenario !== 'reload fails' && more !== Number(scenario === 'change is taken')) bad.push(`${more} reloads`);
    const left = readdirSync(join(folder, 'out')).filter((name) => !['haproxy.cfg', '.haproxy.cfg.runs'].includes(name));
    if (left.length > 0) bad.push(`${left.join(', ')} was left behind`);
    if (!(await accepts(port))) bad.push('HAProxy does not serve');
    return bad;
  }

  async function everywhere(scenario: Scenario): Promise<readonly CrashRow[]> {
    configure(scenario);
    rmSync(notes, { force: true });
    const first = edit;
    await turn({ CRASH_NOTES: notes }, exits[scenario]);
    const candidate = readFileSync(`${notes}.candidate`, 'utf8');
    const legal = (now: string) =>
      scenario !== 'check refuses' && now === candidate.replace(`maxconn ${1000 + first}`, `maxconn ${1000 + edit}`);
    const steps = readSteps(notes);
    const sending = steps.findIndex(({ name }) => name === 'send reload');
    const rows: CrashRow[] = [];
    for (const [i, { name }] of steps.entries()) {
      const tried = momentsOf(steps, i, rounds);
      const bad: string[] = [];
      for (const { moment, when } of tried) {
        const sent = sending >= 0 && (i > sending || (i === sending && moment !== 'before'));
        for (const what of await crash(scenario, { CRASH_POINT: name, CRASH_WHEN: when }, sent, legal)) bad.push(`${moment}: ${what}`);
      }
      rows.push({ scenario, point: name, kills: tried.length - bad.filter((what) => what.includes('not killed')).length, bad });
    }
    return rows;
  }

  try {
    mkdirSync(join(folder, 'out'));
    configure('change is taken');
    await turn({}, 0);
    haproxy = await startHaproxy({ folder, files: [output], env: process.env });
    await turn({}, 0);
    const rows: CrashRow[] = [];
    for (const scenario of scenarios) rows.push(...(await everywhere(scenario)));
    return rows;
  } finally {
    await haproxy?.stop();
    await cluster.close();
  }
}

interface Step {
  /** Milliseconds. */
  readonly at: number;
  readonly name: string;
}

/** The steps that a podfront has noted, in their order. */
export function readSteps(notes: string): readonly Step[] {
  return readFileSync(notes, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [at = '', ...name] = line.split(' ');
      return { at: Number(at), name: name.join(' ') };
    });
}

/** The moments of a step at which podfront is killed, and what CRASH_WHEN is for each. */
export function momentsOf(
  steps: readonly Step[],
  i: number,
  rounds: number,
): readonly { readonly moment: string; readonly when: string }[] {
  const { name, at } = steps[i] ?? { name: '', at: 0 };
  const gap = (steps[i + 1]?.at ?? at) - at;
  const moments = [...(/^write |^send changes/.test(name) ? ['half'] : []), 'before', 'after', ...(gap > 1 ? ['between'] : [])];
  const tried = rounds < 1 ? moments.slice(i % moments.length).slice(0, 1) : Array.from({ length: rounds }, () => moments).flat();
  return tried.map((moment) => ({ moment, when: moment === 'between' ? String(Math.max(1, Math.random() * gap)) : moment }));
}

/** Whether somebody takes connections there. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
