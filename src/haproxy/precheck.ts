import { readFile } from 'node:fs/promises';
import { parseBind } from '../core/bind.ts';
import { bindsIn } from '../core/blocks.ts';
import type { Bind, Config } from '../core/config.ts';
import { changedListens } from '../core/next.ts';
import type { Problem } from '../core/problem.ts';
import { badBinds } from './binds.ts';
import { othersLoaded } from './check.ts';

/** Listens of the new file with a bind on which a reload would fail, with the reason. Only binds that HAProxy does not have yet are looked at. */
export async function unfitBinds(config: Config, disk: string | null, text: string): Promise<ReadonlyMap<string, Problem>> {
  const others = await othersLoaded(config.haproxy.with, config.haproxy.output);
  const texts = await Promise.all(others.map((file) => readFile(file, 'utf8').catch(() => '')));
  const held = [disk ?? '', ...texts].flatMap((one) => bindsIn(one).flatMap(readBind));
  const had = new Set(held.map((bind) => bind.text));
  const wanted = [...changedListens(disk, text)].flatMap(([listen, block]) =>
    bindsIn(block)
      .filter((bind) => !had.has(bind))
      .flatMap(readBind)
      .map((bind) => ({ listen, bind })),
  );
  const found = await badBinds(wanted, held);
  return new Map(found.map(({ listen, problem }) => [listen, problem]));
}

/** Binds of lines that podfront did not write may be of other kinds, about which nothing can be said. */
function readBind(text: string): readonly Bind[] {
  try {
    return [parseBind(text)];
  } catch {
    return [];
  }
}
