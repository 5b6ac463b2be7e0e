import type { ExecutionContext } from 'ava';
import type { Haproxy } from '../../demo/haproxy.ts';
import type { Check } from '../../src/doctor/check.ts';
import { type Frontend, frontend, type Over } from './daemon-frontend.ts';
import { podfront, type Surroundings } from './podfront.ts';

/** The report of the doctor on a frontend. */
export interface Visited {
  readonly status: number;
  readonly stderr: string;
  /** Names of the checks that failed. */
  readonly failed: readonly string[];
  /** The check of that name; fails the test when there is none. */
  readonly check: (name: string) => Check;
}

/** A rendered frontend with its HAProxy running; the doctor finds nothing wrong with it but that loopback is its cluster network. */
export async function wellFrontend(t: ExecutionContext, over: Over = {}): Promise<Frontend & { readonly haproxy: Haproxy }> {
  const plain = await frontend(t);
  // No daemon runs here.
  const front = { ...plain, configure: (also: Over = {}) => plain.configure({ status: 'none', ...also }) };
  await front.configure(over);
  const { status, stderr } = await podfront(['--config', front.config, 'render', front.output], { cwd: front.folder });
  if (status !== 0) throw new Error(stderr);
  return { ...front, haproxy: await front.startHaproxy() };
}

/** Lets the doctor look at a frontend. */
export async function visit(t: ExecutionContext, { folder, config }: Frontend, around: Partial<Surroundings> = {}): Promise<Visited> {
  const { status, stdout, stderr } = await podfront(['--config', config, 'doctor', '--json'], { cwd: folder, ...around });
  const { ok, checks } = JSON.parse(stdout) as { readonly ok: boolean; readonly checks: readonly Check[] };
  t.is(status, ok ? 0 : 1);
  for (const check of checks) t.is(check.remedy !== '', check.result === 'fail' || check.result === 'warn', `remedy of ${check.name}`);
  return {
    status,
    stderr,
    failed: checks.filter(({ result }) => result === 'fail').map(({ name }) => name),
    check: (name) => {
      const found = checks.find((one) => one.name === name);
      if (found === undefined) throw new Error(`there is no check ${name} among ${checks.map((one) => one.name).join(', ')}`);
      return found;
    },
  };
}

/** Fails on loopback whatever else there is: 127.0.0.0/8 cannot be a cluster network. */
export const onLoopback = 'networks';
