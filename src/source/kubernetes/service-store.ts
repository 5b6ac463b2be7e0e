import { type Problem, problem } from '../../problem/problem.ts';
import { endpointCount, kept } from './kept-endpoints.ts';
import { type Read, readService, readSlice, type ServiceObject, type SliceObject } from './objects.ts';
import type { ServiceView } from './observe.ts';

/** A Service of the cluster with its slices, and the objects that were refused. */
interface Known {
  service: ServiceObject | null;
  readonly slices: Map<string, SliceObject>;
  /** The reasons why objects were refused, by kind and name. */
  readonly refused: Map<string, Problem>;
  changedAt: number;
}

/** The objects of one kind in the store. Each function but `read` returns the keys of the Services that may have changed. */
export interface ObjectStore<T> {
  /** Null for an object that is of no interest, and was not before. */
  readonly read: (object: unknown) => Read<T> | null;
  /** The same for the objects of one list, of which no more is kept than the store takes. */
  readonly listReader: () => (object: unknown) => Read<T> | null;
  readonly set: (read: Read<T>) => readonly string[];
  readonly remove: (read: Read<T>) => readonly string[];
  /** Takes a whole list of a namespace, or of all namespaces for null: objects that are not in it are gone. */
  readonly replace: (namespace: string | null, all: readonly Read<T>[]) => readonly string[];
}

/** The Services that listens name, with their slices. */
export interface ServiceStore {
  readonly services: ObjectStore<ServiceObject>;
  readonly slices: ObjectStore<SliceObject>;
  readonly view: (key: string) => ServiceView;
}

/** `namespace/name` */
export function serviceKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/**
 * Opens a store for Services.
 *
 * @param keys the Services to keep; null for all
 * @param now the time, in milliseconds since 1970
 */
export function openServiceStore(keys: Iterable<string> | null, now: () => number): ServiceStore {
  const known = new Map<string, Known>();
  const add = (key: string) => {
    const entry: Known = { service: null, slices: new Map(), refused: new Map(), changedAt: now() };
    known.set(key, entry);
    return entry;
  };
  for (const key of keys ?? []) add(key);
  const isFollowed = (key: string) => keys === null || known.has(key);
  /** The Service that each slice belongs to: its label may change. */
  const ownerOf = new Map<string, string>();
  const endpoints = endpointCount();

  const names = <T extends { readonly namespace: string; readonly name: string }>(read: Read<T>) =>
    read.kind === 'read' ? read.object : read;
  const serviceOf = (read: Read<SliceObject>) =>
    read.kind === 'ignored'
      ? null
      : serviceKey({ namespace: names(read).namespace, name: read.kind === 'read' ? read.object.service : read.service });

  function change(key: string, apply: (entry: Known) => void): readonly string[] {
    const entry = known.get(key) ?? (keys === null ? add(key) : undefined);
    if (entry === undefined) return [];
    apply(entry);
    entry.changedAt = now();
    if (keys === null && entry.service === null && entry.slices.size === 0 && entry.refused.size === 0) known.delete(key);
    return [key];
  }

  /** Records that an object was refused. Its last valid version is kept, and other objects are not affected. False beyond the bound of what is recorded. */
  function refuse({ refused }: Known, kind: string, { name, namespace, why }: { name: string; namespace: string; why: string }): boolean {
    const key = `${kind} ${name}`;
    if (refused.size >= kept.refused && !refused.has(key)) return false;
    refused.set(key, problem('api.object-refused', { kind, name, namespace, why }));
    return true;
  }

  const services: ObjectStore<ServiceObject> = {
    read(object) {
      const read = readService(object);
      return read !== null && isFollowed(serviceKey(names(read))) ? read : null;
    },
    listReader: () => services.read,
    set: (read) =>
      change(serviceKey(names(read)), (entry) => {
        if (read.kind === 'refused') return void refuse(entry, 'Service', read);
        entry.service = read.kind === 'read' ? read.object : null;
        entry.refused.delete(`Service ${names(read).name}`);
      }),
    remove: (read) =>
      change(serviceKey(names(read)), (entry) => {
        entry.service = null;
        entry.refused.delete(`Service ${names(read).name}`);
      }),
    replace(namespace, all) {
      const listed = new Set(all.map((read) => serviceKey(names(read))));
      const gone = keysIn(namespace).filter((key) => !listed.has(key));
      for (const key of gone) services.remove({ kind: 'ignored', namespace: key.split('/')[0] ?? '', name: key.split('/')[1] ?? '' });
      for (const read of all) services.set(read);
      return keysIn(namespace);
    },
  };

  const slices: ObjectStore<SliceObject> = {
    read(object) {
      const read = readSlice(object);
      if (read === null) return null;
      return isFollowed(serviceOf(read) ?? '') || ownerOf.has(serviceKey(names(read))) ? read : null;
    },
    listReader() {
      const ofList = endpointCount();
      return (object) => {
        const read = slices.read(object);
        return read?.kind === 'read' ? { kind: 'read', object: ofList.keep(serviceOf(read) ?? '', read.object) } : read;
      };
    },
    set(read) {
      const { name } = names(read);
      const key = serviceKey(names(read));
      const [before, service] = [ownerOf.get(key), serviceOf(read)];
      const left = before === undefined || before === service ? [] : slices.remove(read);
      if (service === null || !isFollowed(service)) return left;
      const changed = change(service, (entry) => {
        const known = entry.slices.get(name);
        if (known === undefined && entry.slices.size >= kept.slices)
          return void refuse(entry, 'EndpointSlice', { ...names(read), why: `its Service has more than ${kept.slices} slices` });
        if (read.kind === 'refused') {
          if (refuse(entry, 'EndpointSlice', read)) ownerOf.set(key, service);
          return;
        }
        ownerOf.set(key, service);
        if (known !== undefined) endpoints.drop(service, known);
        if (read.kind === 'read') entry.slices.set(name, endpoints.keep(service, read.object));
        entry.refused.delete(`EndpointSlice ${name}`);
      });
      return [...left, ...changed];
    },
    remove(read) {
      const { name } = names(read);
      const owner = ownerOf.get(serviceKey(names(read)));
      ownerOf.delete(serviceKey(names(read)));
      return owner === undefined
        ? []
        : change(owner, (entry) => {
            const known = entry.slices.get(name);
            if (known !== undefined) endpoints.drop(owner, known);
            entry.slices.delete(name);
            entry.refused.delete(`EndpointSlice ${name}`);
          });
    },
    replace(namespace, all) {
      const listed = new Set(all.map((read) => serviceKey(names(read))));
      for (const key of [...ownerOf.keys()]) {
        const [of = '', name = ''] = key.split('/');
        if ((namespace === null || of === namespace) && !listed.has(key)) slices.remove({ kind: 'ignored', namespace: of, name });
      }
      for (const read of all) slices.set(read);
      return keysIn(namespace);
    },
  };

  function keysIn(namespace: string | null): readonly string[] {
    return [...known.keys()].filter((key) => namespace === null || key.startsWith(`${namespace}/`));
  }

  return {
    services,
    slices,
    view(key) {
      const entry = known.get(key);
      if (entry === undefined && keys === null) return { service: null, slices: [], refused: [], changedAt: now() };
      if (entry === undefined) throw new Error(`${key} is not followed`);
      return {
        service: entry.service,
        slices: [...entry.slices.values()],
        refused: [...entry.refused.values()],
        changedAt: entry.changedAt,
      };
    },
  };
}
