import type { Listen } from '../../config/config.ts';

/** Objects of one resource that are listed and watched together. */
export interface Collection {
  readonly resource: 'services' | 'endpointslices';
  /** Null: of all namespaces. */
  readonly namespace: string | null;
  /** A selector as a query, so that the server sends no more than is needed; empty for none. */
  readonly selector: string;
}

/** The number of namespaces from which two watches of everything cost less than two of each. */
const manyNamespaces = 10;
/** The most Services in a selector, which is part of a URL. */
const maxSelected = 50;

/** The Services that a listen needs: that of its pods, and that of its backup where it has another. */
export function serviceNamesOf({ serviceName, fallbackServiceName }: Listen): readonly string[] {
  return fallbackServiceName === null ? [serviceName] : [serviceName, fallbackServiceName];
}

/** The namespaces of listens, each with the names of its Services. */
export function servicesByNamespace(listens: readonly Listen[]): ReadonlyMap<string, ReadonlySet<string>> {
  const namespaces = new Map<string, Set<string>>();
  for (const listen of listens) {
    const { namespace } = listen;
    const names = namespaces.get(namespace) ?? new Set();
    for (const name of serviceNamesOf(listen)) names.add(name);
    namespaces.set(namespace, names);
  }
  return namespaces;
}

/** The collections to follow, for each namespace. */
export function collectionsByNamespace(services: ReadonlyMap<string, ReadonlySet<string>>): readonly Collection[] {
  return [...services].flatMap(([namespace, names]) => [
    { resource: 'services' as const, namespace, selector: nameSelector(names) },
    { resource: 'endpointslices' as const, namespace, selector: serviceSelector(names) },
  ]);
}

/** The collections of all namespaces at once, where following them costs less; null where it does not. */
export function collectionsOfAll(services: ReadonlyMap<string, ReadonlySet<string>>): readonly Collection[] | null {
  if (services.size < manyNamespaces) return null;
  const names = new Set([...services.values()].flatMap((each) => [...each]));
  return [
    { resource: 'services', namespace: null, selector: '' },
    { resource: 'endpointslices', namespace: null, selector: serviceSelector(names) },
  ];
}

/**
 * All collections of some namespaces, for listens of Services, which are not known in advance.
 *
 * @param namespaces empty for all
 */
export function collectionsOfNamespaces(namespaces: readonly string[]): readonly Collection[] {
  const all = namespaces.length === 0 ? [null] : [...new Set(namespaces)];
  return all.flatMap((namespace) => [
    { resource: 'services' as const, namespace, selector: '' },
    { resource: 'endpointslices' as const, namespace, selector: '' },
  ]);
}

/** The path of a collection, without query. */
export function collectionPath({ resource, namespace }: Collection): string {
  const group = resource === 'services' ? '/api/v1' : '/apis/discovery.k8s.io/v1';
  return `${group}${namespace === null ? '' : `/namespaces/${namespace}`}/${resource}`;
}

/** The place of a collection, for messages. */
export function whereIs({ namespace }: Collection): string {
  return namespace === null ? 'in all namespaces' : `in namespace ${namespace}`;
}

/** The selector of one Service by its name (`metadata.name`, a field selector of every resource). Several cannot be selected. */
function nameSelector(names: ReadonlySet<string>): string {
  const [only] = names;
  return names.size === 1 && only !== undefined ? `fieldSelector=${encodeURIComponent(`metadata.name=${only}`)}` : '';
}

/** The selector of slices, which have the name of their Service as a label. */
function serviceSelector(names: ReadonlySet<string>): string {
  if (names.size > maxSelected) return '';
  return `labelSelector=${encodeURIComponent(`kubernetes.io/service-name in (${[...names].sort().join(',')})`)}`;
}
