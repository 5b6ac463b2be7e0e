import { readFile } from 'node:fs/promises';
import { parseBind } from '../core/bind.ts';
import { bindsIn } from '../core/blocks.ts';
import type { Bind } from '../core/config.ts';
import { type Check, fail, pass, some } from '../core/doctor/check.ts';
import { Problem } from '../core/problem.ts';
import { badBinds } from '../haproxy/binds.ts';
import { othersLoaded } from '../haproxy/check.ts';
import type { Visit } from './visit.ts';

/** Whether this machine has the addresses that are bound, and nobody else listens on their ports. */
export async function bindChecks({ config, disk, running: { seen } }: Visit): Promise<readonly Check[]> {
  const { haproxy, listens } = config;
  const wanted = listens.flatMap(({ name, binds }) => binds.map((bind) => ({ owner: `listen ${name}`, listens: [name], bind })));
  // What a running HAProxy binds already is no obstacle to it. One that does not run holds nothing.
  const alive = seen.kind === 'running' || seen.kind === 'unreachable' || seen.kind === 'unseen';
  const others = alive ? await othersLoaded(haproxy.with, haproxy.output) : [];
  const texts = await Promise.all(others.map((file) => readFile(file, 'utf8').catch(() => '')));
  const held = alive ? [disk ?? '', ...texts].flatMap((text) => bindsIn(text).flatMap(readBind)) : [];
  const found = await badBinds(wanted, held);
  const of = (code: Problem['code']) => found.filter(({ problem }) => problem.code === code).map(({ problem }) => problem);
  const check = (name: string, bad: readonly Problem[], good: string): Check =>
    bad.length === 0 ? pass(name, good) : fail(name, some(bad.map(({ message }) => message)), bad[0]?.hint ?? '');
  return [
    check('bind addresses owned', of('bind.not-owned'), `all ${wanted.length} are of this machine`),
    check(
      'bind addresses free',
      of('bind.taken'),
      held.length === 0 ? 'no other program listens there' : 'no program but HAProxy listens there',
    ),
  ];
}

/** Binds of lines that podfront did not write may be of other kinds, about which nothing can be said. */
function readBind(text: string): readonly Bind[] {
  try {
    return [parseBind(text)];
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}
