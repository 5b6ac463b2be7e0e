import type { Address } from '../src/ip/address.ts';
import { type Name, type RecordData, type Reply, type ResourceRecord, recordTypes } from './dns-message.ts';
import type { PodEndpoint, Scene, Service, ServicePort } from './scene.ts';

/** The facts that an authoritative answer depends on. */
export interface Zone {
  /** `cluster.local`, as labels in lower case. */
  readonly origin: Name;
  /** Wildcards as CoreDNS had them before 1.9.0. */
  readonly wildcard: boolean;
  /** Seconds. */
  readonly ttl: number;
  /** Counts the changes; the serial of the SOA record. */
  readonly serial: number;
  /** The address of the name server itself. */
  readonly server: Address;
  readonly scene: Scene;
}

export const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;

/** The target of a name: an address or another name, and the port there. */
interface Found {
  /** The name an SRV record points to. */
  readonly target: Name;
  readonly to: { readonly address: Address } | { readonly alias: Name };
  /** Null where there is no port: a service without ports, or with another name. */
  readonly port: number | null;
}

/** Answers as the kubernetes plugin of CoreDNS does (Kubernetes DNS specification 1.1.0): names, kinds of services, negative answers. */
export function answer(zone: Zone, asked: Name, type: number, aliases = 0): Reply {
  const name = asked.map((label) => label.toLowerCase());
  if (!isInside(zone, name)) return { rcode: rcodes.REFUSED, authoritative: false, answers: [], authority: [], additional: [] };

  const left = name.slice(0, name.length - zone.origin.length);
  const fixed = fixedRecords(zone, left);
  if (fixed !== null) {
    const answers = fixed.filter((data) => recordTypes[data.type] === type).map((data) => ({ name: asked, ttl: zone.ttl, data }));
    return left[0] === 'dns-version' && answers.length === 0 ? negative(zone, rcodes.NXDOMAIN) : positive(zone, answers, []);
  }
  const found = find(zone, left);
  if (found === null) return negative(zone, rcodes.NXDOMAIN);
  return type === recordTypes.SRV ? services(zone, asked, found) : addresses(zone, asked, type, found, aliases);
}

function isInside({ origin }: Zone, name: Name): boolean {
  return name.length >= origin.length && origin.every((label, i) => label === name[name.length - origin.length + i]);
}

/** The records of names that belong to no service; null when `left` is none of these names. */
function fixedRecords(zone: Zone, left: Name): readonly RecordData[] | null {
  switch (left.join('.')) {
    case '':
      return [soa(zone), { type: 'NS', target: ['ns', 'dns', ...zone.origin] }];
    case 'dns-version':
      return [{ type: 'TXT', text: '1.1.0' }];
    case 'ns.dns':
      return [{ type: zone.server.family === 4 ? 'A' : 'AAAA', address: zone.server }];
    case 'svc':
    case 'pod':
      return [];
    default:
      return null;
  }
}

/**
 * The targets of the labels left of the zone. Empty: the name exists and has no records; null: it does not exist.
 *
 *     [endpoint.]service.namespace.svc          [_port._protocol.]service.namespace.svc
 */
function find(zone: Zone, left: Name): readonly Found[] | null {
  const [kind, namespace = '', service, ...rest] = left.toReversed();
  if (kind !== 'svc' || rest.length > 2 || !zone.scene.namespaces.some((name) => matches(zone, namespace, name))) return null;
  if (service === undefined) return [];

  const endpoint = rest.length === 1 ? rest[0] : undefined;
  const [protocol, port] = rest.length === 2 ? rest.map((label) => label.replace(/^_/, '')) : [];
  const portFits = (of: ServicePort) =>
    (port === undefined || matches(zone, port, of.name ?? '')) && (protocol === undefined || matches(zone, protocol, of.protocol));

  const found = zone.scene.services
    .filter((of) => matches(zone, namespace, of.namespace) && matches(zone, service, of.name))
    .flatMap((of): readonly Found[] => {
      const target = [of.name, of.namespace, 'svc', ...zone.origin];
      if (of.reached.kind === 'externalName') {
        // CoreDNS before 1.9.0 did not look at the port of an alias.
        const known = rest.length === 0 || (zone.wildcard && rest.length === 2);
        return known ? [{ target, to: { alias: of.reached.target.split('.') }, port: null }] : [];
      }
      // A service without ports still has addresses, under its plain name and its endpoints'.
      const numbers = of.ports.length === 0 && port === undefined ? [null] : of.ports.filter(portFits);
      if (of.reached.kind === 'clusterIP' && endpoint === undefined) {
        const { addresses } = of.reached;
        return addresses.flatMap((address) => numbers.map((number) => ({ target, to: { address }, port: number?.port ?? null })));
      }
      return readyPods(of)
        .filter((pod) => endpoint === undefined || matches(zone, endpoint, pod.name))
        .flatMap((pod) =>
          numbers.map((number) => ({ target: [pod.name, ...target], to: { address: pod.address }, port: number?.targetPort ?? null })),
        );
    });
  return found.length === 0 ? null : found;
}

function readyPods({ endpoints }: Service): readonly (PodEndpoint & { readonly name: string })[] {
  return endpoints
    .filter((endpoint) => endpoint.ready)
    .map((endpoint) => ({ ...endpoint, name: endpoint.hostname ?? endpoint.address.text.replace(/[.:]/g, '-') }));
}

function matches(zone: Zone, label: string, name: string): boolean {
  return label === name || (zone.wildcard && (label === '*' || label === 'any'));
}

function addresses(zone: Zone, asked: Name, type: number, found: readonly Found[], aliases: number): Reply {
  const records = found.flatMap(({ to }): readonly ResourceRecord[] =>
    'alias' in to ? aliased(zone, asked, type, to.alias, aliases) : [{ name: asked, ttl: zone.ttl, data: addressData(to.address) }],
  );
  const wanted = records.filter(({ data }) => recordTypes[data.type] === type || data.type === 'CNAME');
  return positive(zone, [...new Map(wanted.map((record) => [keyOf(record), record])).values()], []);
}

/** An alias and its targets. What is outside the zone is not looked up; an alias that leads nowhere inside it is left out. */
function aliased(zone: Zone, asked: Name, type: number, target: Name, aliases: number): readonly ResourceRecord[] {
  const cname: ResourceRecord = { name: asked, ttl: zone.ttl, data: { type: 'CNAME', target } };
  if (type === recordTypes.CNAME) return [cname];
  if (type !== recordTypes.A && type !== recordTypes.AAAA) return [];
  if (!isInside(zone, target)) return [cname];
  const onward = aliases === 8 ? [] : answer(zone, target, type, aliases + 1).answers;
  return onward.length === 0 ? [] : [cname, ...onward];
}

function keyOf({ name, data }: ResourceRecord): string {
  return `${name.join('.')} ${'address' in data ? data.address.text : 'target' in data ? data.target.join('.') : ''}`;
}

function services(zone: Zone, asked: Name, found: readonly Found[]): Reply {
  const answers = new Map<string, ResourceRecord>();
  const additional = new Map<string, ResourceRecord>();
  const ports = new Set(found.filter(({ port }) => port !== null).map(({ target, port }) => `${target.join('.')}:${port}`));
  const weight = Math.max(1, Math.floor(100 / ports.size));
  for (const { target, to, port } of found) {
    if (port === null || 'alias' in to) continue;
    const owner = target.join('.');
    answers.set(`${owner}:${port}`, { name: asked, ttl: zone.ttl, data: { type: 'SRV', priority: 0, weight, port, target } });
    additional.set(`${owner} ${to.address.text}`, { name: target, ttl: zone.ttl, data: addressData(to.address) });
  }
  return positive(zone, [...answers.values()], [...additional.values()]);
}

function addressData(address: Address): RecordData {
  return { type: address.family === 4 ? 'A' : 'AAAA', address };
}

function positive(zone: Zone, answers: readonly ResourceRecord[], additional: readonly ResourceRecord[]): Reply {
  if (answers.length === 0) return negative(zone, rcodes.NOERROR);
  return { rcode: rcodes.NOERROR, authoritative: true, answers, authority: [], additional };
}

/** NXDOMAIN and NODATA carry the SOA (RFC 2308). */
function negative(zone: Zone, rcode: number): Reply {
  const authority = [{ name: zone.origin, ttl: Math.min(5, zone.ttl), data: soa(zone) }];
  return { rcode, authoritative: true, answers: [], authority, additional: [] };
}

function soa({ origin, serial }: Zone): RecordData {
  return { type: 'SOA', primary: ['ns', 'dns', ...origin], mailbox: ['hostmaster', ...origin], numbers: [serial, 7200, 1800, 86400, 5] };
}
