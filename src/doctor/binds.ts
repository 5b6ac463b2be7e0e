import { basename } from 'node:path';
import { loadedBinds } from '../haproxy/process/find-unbindable.ts';
import { haproxySockets, type PortOwner, portOwners } from '../haproxy/process/port-owners.ts';
import { type UnbindableBind, unbindable } from '../haproxy/process/unbindable.ts';
import { shortList } from '../terminal/short-list.ts';
import { type Check, fail, pass, skip } from './check.ts';
import type { DoctorFacts } from './facts.ts';

/** Checks that this machine has the bind addresses, and that no other program listens on their ports. */
export async function bindChecks({ config, currentFile, running: { state } }: DoctorFacts): Promise<readonly Check[]> {
  const { haproxy, listens } = config;
  const wanted = listens.flatMap(({ name, binds }) => binds.map((bind) => ({ owner: `listen ${name}`, listens: [name], bind })));
  // Binds that the running HAProxy has already are no obstacle. A HAProxy that is not running has none.
  const alive = state.kind === 'running' || state.kind === 'unreachable' || state.kind === 'unseen';
  const inodes = await haproxySockets(state);
  const binds = alive && inodes === null ? await loadedBinds(config, currentFile) : [];
  const found = await unbindable(wanted, inodes === null ? { kind: 'binds', binds } : { kind: 'inodes', inodes });
  const notOwned = found.filter(({ problem }) => problem.code === 'bind.not-owned').map(({ problem }) => problem);
  return [
    notOwned.length === 0
      ? pass('bind addresses owned', `this machine has all ${wanted.length}`)
      : fail('bind addresses owned', shortList(notOwned.map(({ message }) => message)), notOwned[0]?.hint ?? ''),
    await free(
      found.filter(({ problem }) => problem.code === 'bind.taken'),
      alive,
      haproxy.binary,
    ),
  ];
}

/** The check that binds are free. HAProxy may hold them although haproxy.reload does not lead to it, and then the check says so. */
async function free(taken: readonly UnbindableBind[], alive: boolean, binary: string): Promise<Check> {
  const name = 'bind addresses free';
  const holders = await portOwners(new Set(taken.flatMap(({ inode }) => inode ?? [])));
  const by = ({ inode }: UnbindableBind): PortOwner | null => holders.get(inode ?? '') ?? null;
  const isHaproxy = (holder: PortOwner | null) => holder !== null && ['haproxy', basename(binary).slice(0, 15)].includes(holder.name);
  const others = taken.filter((one) => alive || (by(one) !== null && !isHaproxy(by(one))));
  const [first] = others;
  if (first !== undefined) return fail(name, shortList(others.map((one) => describe(one, by(one)))), first.problem.hint);
  const unknown = taken.filter((one) => by(one) === null);
  if (unknown.length > 0)
    return skip(
      name,
      `${shortList(unknown.map((one) => describe(one, null)))}, or by HAProxy itself, which was not found: only root can see whose socket it is`,
    );
  if (taken.length > 0)
    return pass(
      name,
      `HAProxy itself listens there (${shortList([...new Set([...holders.values()].map(({ pid }) => `process ${pid}`))])}), although it is not found through haproxy.reload`,
    );
  return pass(name, alive ? 'no program but HAProxy listens there' : 'no other program listens there');
}

function describe({ problem }: UnbindableBind, holder: PortOwner | null): string {
  return holder === null ? problem.message : `${problem.message}: ${holder.name}, process ${holder.pid}`;
}
