import { hostPort, parseAddress } from '../src/ip/address.ts';
import { caching, uncached } from './cache.ts';
import { type Query, type Reply, type ResourceRecord, readQuery, recordTypes, writeReply } from './dns-message.ts';
import { type Scene, scaled } from './scene.ts';
import { serveDns, type Transport } from './sockets.ts';
import { answer, rcodes, type Zone } from './zone.ts';

/** A way in which a name server fails. `truncate`: UDP answers carry TC and no record, TCP answers are complete. */
export type Fault = 'none' | 'silent' | 'servfail' | 'refused' | 'truncate' | 'garbage';

export interface ClusterOptions {
  readonly scene: Scene;
  /** The cluster's domain; `cluster.local` when not given. */
  readonly zone?: string;
  /** Wildcards as CoreDNS had them before 1.9.0; off when not given. */
  readonly wildcard?: boolean;
  /** A loopback address, 127.0.0.1 when not given, and a port, a free one when not given. */
  readonly host?: string;
  readonly port?: number;
  /** The largest UDP answer in bytes, whatever the client offers: the `bufsize` plugin of CoreDNS. */
  readonly payload?: number;
  /** Seconds, 5 when not given. */
  readonly ttl?: number;
  /** A cache in front of it that counts the TTLs down; none when not given. */
  readonly cached?: boolean;
  /** Addresses are shuffled, as the `loadbalance` plugin does; the same seed gives the same orders. */
  readonly seed?: number;
}

/** The questions to the cluster's name server, counted. */
export interface Counts {
  readonly udp: number;
  readonly tcp: number;
  /** By `name type`, such as `web.default.svc.cluster.local A`; names in lower case, unknown types as `TYPE65`. */
  readonly questions: ReadonlyMap<string, number>;
}

/** A running cluster DNS. */
export interface Cluster {
  readonly address: string;
  readonly port: number;
  /** `address:port`, as `cluster.nameservers` takes it. */
  readonly nameserver: string;
  /** The scene that is served now. */
  readonly scene: () => Scene;
  readonly set: (scene: Scene) => void;
  /** Gives a service exactly `count` ready pods, and returns their addresses. */
  readonly scale: (namespace: string, name: string, count: number) => readonly string[];
  /** Fails from now on: for every question, or only for `within` and the names below it. */
  readonly fault: (fault: Fault, within?: string) => void;
  readonly queries: () => Counts;
  readonly close: () => Promise<void>;
}

/** The largest payload of a UDP datagram over IPv4, in bytes. */
const largestDatagram = 65_507;
const typeNames = new Map<number, string>(Object.entries(recordTypes).map(([name, number]) => [number, name]));

/** Starts an authoritative DNS server that answers for a scene as cluster DNS would, over UDP and TCP on one port. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { host = '127.0.0.1', payload = largestDatagram, seed = 1 } = options;
  const server = parseAddress(host);
  if (server === null) throw new Error(`${host} is no address`);
  const origin = (options.zone ?? 'cluster.local').toLowerCase().split('.');
  let zone: Zone = { origin, wildcard: options.wildcard ?? false, ttl: options.ttl ?? 5, serial: 1, server, scene: options.scene };
  let failing: { readonly fault: Fault; readonly within: string } = { fault: 'none', within: '' };
  const random = randomNumbers(seed);
  const kept = options.cached === true ? caching(() => performance.now()) : uncached;
  const seen = { udp: 0, tcp: 0, questions: new Map<string, number>() };

  function respond(message: Buffer, transport: Transport): readonly Buffer[] {
    seen[transport]++;
    const query = readQuery(message);
    if (query === null) return message.length < 12 || message.readUInt8(2) & 0x80 ? [] : [formatError(message)];
    const asked = query.name.join('.').toLowerCase();
    const question = `${asked} ${typeNames.get(query.type) ?? `TYPE${query.type}`}`;
    seen.questions.set(question, (seen.questions.get(question) ?? 0) + 1);

    const hit = failing.within === '' || asked === failing.within || asked.endsWith(`.${failing.within}`);
    const fault = hit ? failing.fault : 'none';
    if (fault === 'silent') return [];
    if (fault === 'servfail') return [writeReply(query, refusal(rcodes.SERVFAIL), 65_535)];
    if (fault === 'refused') return [writeReply(query, refusal(rcodes.REFUSED), 65_535)];
    if (fault === 'garbage') return [garbage(query)];
    // Without EDNS 512 bytes, and never less (RFC 6891 6.2.3); over TCP what a message can hold.
    const offered = transport === 'tcp' ? 65_535 : Math.min(Math.max(512, query.edns?.payload ?? 512), payload, largestDatagram);
    const complete = shuffled(
      kept(question, () => replyTo(zone, query)),
      random,
    );
    return [writeReply(query, complete, fault === 'truncate' && transport === 'udp' ? 0 : offered)];
  }

  function set(scene: Scene): void {
    zone = { ...zone, scene, serial: zone.serial + 1 };
  }

  function scale(namespace: string, name: string, count: number): readonly string[] {
    const service = zone.scene.services.find((one) => one.namespace === namespace && one.name === name);
    if (service === undefined) throw new Error(`there is no service ${namespace}/${name}`);
    const grown = scaled(service, count);
    set({ ...zone.scene, services: zone.scene.services.map((one) => (one === service ? grown : one)) });
    return grown.endpoints.map((endpoint) => endpoint.address.text);
  }

  const { port, close } = await serveDns(host, options.port ?? 0, respond);
  return {
    address: host,
    port,
    nameserver: hostPort(host, port),
    scene: () => zone.scene,
    set,
    scale,
    fault: (fault, within = '') => {
      failing = { fault, within: within.toLowerCase() };
    },
    queries: () => ({ ...seen, questions: new Map(seen.questions) }),
    close,
  };
}

function replyTo(zone: Zone, query: Query): Reply {
  if (query.edns !== null && query.edns.version !== 0) return refusal(rcodes.BADVERS);
  if (query.opcode !== 0) return refusal(rcodes.NOTIMP);
  if (query.class !== 1) return refusal(rcodes.REFUSED);
  return answer(zone, query.name, query.type);
}

function refusal(rcode: number): Reply {
  return { rcode, authoritative: false, answers: [], authority: [], additional: [] };
}

function formatError(message: Buffer): Buffer {
  const head = Buffer.alloc(12);
  message.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8000 | rcodes.FORMERR, 2);
  return head;
}

/** The id and the question are right, and an answer is promised that ends inside its address. */
function garbage(query: Query): Buffer {
  const reply = writeReply({ ...query, edns: null }, refusal(rcodes.NOERROR), 65_535);
  reply.writeUInt16BE(1, 6);
  return Buffer.concat([reply, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0])]);
}

/** Only addresses change places: aliases stay before what they point to, SRV records as they are. */
function shuffled(reply: Reply, random: () => number): Reply {
  const shuffle = (records: readonly ResourceRecord[]): readonly ResourceRecord[] => {
    const isAddress = ({ data }: ResourceRecord) => data.type === 'A' || data.type === 'AAAA';
    const rest = records.filter((record) => !isAddress(record));
    const mixed = records.filter(isAddress).map((record) => ({ record, key: random() }));
    return [...rest, ...mixed.sort((a, b) => a.key - b.key).map(({ record }) => record)];
  };
  return { ...reply, answers: shuffle(reply.answers), additional: shuffle(reply.additional) };
}

/** mulberry32: small, and the same numbers from the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
