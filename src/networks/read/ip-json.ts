import { problemWith } from '../../problem/problem.ts';
import { addFault, type Inventory } from '../facts/inventory.ts';
import { addInterface } from './interfaces.ts';
import { type JsonArrayReader, jsonArrayReader } from './json-stream.ts';
import { routeReader } from './routes.ts';

/** The commands whose JSON is read. */
const commands = { addresses: 'ip -j addr', routes: 'ip -j route show table all' } as const;

/** Adds a file of one of the two kinds. Every element that cannot be read becomes a fault. */
export function addIpJson(inventory: Inventory, bytes: Uint8Array, kind: keyof typeof commands, file: string): void {
  const command = commands[kind];
  const add = kind === 'routes' ? routeReader(inventory) : (entry: object) => addInterface(inventory, entry);
  const onError = (what: string, number: number) => {
    const path = `entry ${number}`;
    addFault(inventory, `${file}: ${path}`, () => problemWith({ at: { file, path } }, 'network.bad-entry', { what, command }));
  };
  const onEntry = (entry: object, number: number) => {
    for (const what of add(entry)) onError(what, number);
  };
  const reader = jsonArrayReader(onEntry, onError);
  reader.push(bytes);
  const why = reader.end();
  if (why !== null) addFault(inventory, file, () => problemWith({ at: { file } }, 'network.not-json', { command, why }));
}

/** A reader of this host's interfaces and routes in one stream, told apart by their keys. Elements of unknown kinds are skipped. */
export function hostReader(inventory: Inventory): { readonly push: JsonArrayReader['push']; readonly entry: (entry: object) => void } {
  const addRoute = routeReader(inventory);
  const entry = (value: object): void => {
    if ('dst' in value) addRoute(value);
    else addInterface(inventory, value);
  };
  const reader = jsonArrayReader(entry, () => {});
  return { push: reader.push, entry };
}
