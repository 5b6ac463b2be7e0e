import { problem } from '../problem/problem.ts';
import { exec } from '../system/exec.ts';
import type { DoctorFacts } from './facts.ts';
import { parseRouteGet, type RouteDecision } from './read/route.ts';

/** Asks the kernel how it would reach an address (`ip route get fibmatch`, ip-route(8)); null where iproute2 is not installed. */
export async function routeTo({ context }: Pick<DoctorFacts, 'context'>, address: string): Promise<RouteDecision | null> {
  const { env, signal } = context.io;
  const PATH = [env.PATH, '/run/current-system/sw/bin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
    .filter((part) => part !== undefined)
    .join(':');
  const ended = await exec('ip', ['-j', 'route', 'get', 'fibmatch', address], { env: { ...env, PATH }, timeout: 2_000, signal });
  if (ended.kind === 'missing') return null;
  if (ended.kind === 'shortage') throw problem('system.not-started', { ...ended, program: 'ip' });
  if (ended.kind !== 'exited') return { kind: 'none', why: `ip route get ended: ${ended.kind}` };
  // "RTNETLINK answers: Network is unreachable", "No route to host" for an unreachable route, "Invalid argument" for a blackhole.
  if (ended.status !== 0) return { kind: 'none', why: (ended.stderr.split('\n')[0] ?? '').replace(/^.*answers: /, '').toLowerCase() };
  return parseRouteGet(ended.stdout) ?? { kind: 'none', why: 'this version of ip cannot write JSON' };
}
