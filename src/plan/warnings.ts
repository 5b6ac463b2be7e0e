import type { Config } from '../config/config.ts';
import type { Allocation } from '../haproxy/slots/allocate.ts';
import { atPlace, type Problem, problem } from '../problem/problem.ts';
import type { Observation } from '../source/observation.ts';
import type { DesiredFile } from './desired-file.ts';

/** Pods without a slot, with the listen they belong to. */
export interface Overflow {
  readonly listen: string;
  readonly problem: Problem;
}

/** The listens that have more pods than slots. */
export function overflows(allocation: Allocation): readonly Overflow[] {
  return allocation.flatMap(({ listen, slots, pods }) => {
    if (slots === null || slots.overflow === 0) return [];
    const facts = { pods: pods.length + slots.overflow, slots: slots.count, without: slots.overflow };
    return [{ listen: listen.name, problem: problem('render.overflow', facts) }];
  });
}

/** The warnings about a usable file, each with its place in the configuration. */
export function fileWarnings(
  config: Config,
  { allocation, transport }: DesiredFile,
  observations: readonly Observation[],
): readonly Problem[] {
  const at = (listen: string) => ({ file: config.file, path: `listen.${listen}` });
  return [
    ...observations.flatMap(({ listen, warnings }) => warnings.map((warning) => atPlace(warning, at(listen.name)))),
    ...overflows(allocation).map(({ listen, problem }) => atPlace(problem, at(listen))),
    ...transport.warnings,
  ];
}

/** The problem of a limit of file descriptors that is too low for the servers and binds of a file; null where it is sufficient or not known. */
export function descriptorProblem(allocation: Allocation, limit: number | null): Problem | null {
  const needed = descriptorsNeeded(allocation);
  return limit === null || needed <= limit ? null : problem('render.descriptors', { needed, limit });
}

/**
 * The number of file descriptors that HAProxy needs beside those of connections: one for each checked server and for each
 * bind, and about 100 of its own. With fewer it fails to start with "Cannot raise FD limit", although `haproxy -c` accepted the file.
 */
export function descriptorsNeeded(allocation: Allocation): number {
  const servers = allocation.map(({ listen, slots, pods, service, nodes }) =>
    listen.check ? (slots?.count ?? pods.length) + (service === null ? 0 : 1) + nodes.length : 0,
  );
  // Listens may share an address.
  const binds = new Map(
    allocation.flatMap(({ listen }) => listen.binds.map((bind) => [bind.text, 1 + bind.lastPort - bind.firstPort] as const)),
  );
  return [...servers, ...binds.values()].reduce((sum, n) => sum + n, 100);
}
