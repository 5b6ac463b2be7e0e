import { problemWith } from '../../problem/problem.ts';
import { takeInterface } from './interfaces.ts';
import { fault, type Inventory } from './inventory.ts';
import { type EntryReader, entryReader } from './json-stream.ts';
import { routeTaker } from './routes.ts';

/** The commands whose JSON is read. */
export const ipCommands = { addresses: 'ip -j addr', routes: 'ip -j route show table all' } as const;

/** Reads a file of one of the two kinds; `end` notes what was wrong with it as a whole. */
export function fileReader(
  kind: keyof typeof ipCommands,
  file: string,
  intake: Inventory,
): { readonly push: EntryReader['push']; readonly end: () => void } {
  const command = ipCommands[kind];
  const route = routeTaker(intake);
  const bad = (what: string, number: number) => {
    const path = `entry ${number}`;
    fault(intake, `${file}: ${path}`, () => problemWith({ at: { file, path } }, 'network.bad-entry', { what, command }));
  };
  const take = (entry: object, number: number) => {
    for (const what of kind === 'routes' ? route(entry) : takeInterface(entry, intake)) bad(what, number);
  };
  const reader = entryReader(take, bad);
  const end = () => {
    const why = reader.end();
    if (why !== null) fault(intake, file, () => problemWith({ at: { file } }, 'network.not-json', { command, why }));
  };
  return { push: reader.push, end };
}

/** Reads what this host says: interfaces and routes in one stream, told apart by their keys. What iproute2 adds that nobody knows is passed over. */
export function hostReader(intake: Inventory): { readonly push: EntryReader['push']; readonly entry: (entry: object) => void } {
  const route = routeTaker(intake);
  const entry = (value: object): void => {
    if ('dst' in value) route(value);
    else takeInterface(value, intake);
  };
  const reader = entryReader(entry, () => {});
  return { push: reader.push, entry };
}
