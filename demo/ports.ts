import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Names of reserved ports. They are held until this process ends. */
const reservations = new Set<Server>();

/**
 * Reserves TCP and UDP ports of `host` for a program that cannot be told to take port 0, such as HAProxy. They are free, and stay so:
 * no process that asks here gets one of them while this process runs, and the kernel gives none of them to an outgoing connection or to a
 * program that asks for port 0, because they lie outside its range for those (ip(7), ip_local_port_range).
 *
 * Throws when the host is not this machine's, or when there are not so many ports.
 */
export async function reservePorts(count: number, host = '127.0.0.1'): Promise<readonly number[]> {
  const { first, last } = reservable(ephemeralPorts());
  const size = last - first + 1;
  const ports: number[] = [];
  const start = Math.floor(Math.random() * size);
  for (let i = 0; i < size && ports.length < count; i++) {
    const port = first + ((start + i) % size);
    if ((await reserve(port)) && (await isFree(host, port))) ports.push(port);
  }
  if (ports.length < count) throw new Error(`no free port on ${host} between ${first} and ${last}`);
  return ports;
}

/** Reserves one port, as `reservePorts` does. */
export async function reservePort(host?: string): Promise<number> {
  const [port = 0] = await reservePorts(1, host);
  return port;
}

/** The ports that the kernel gives to those who ask for none in particular. Where it does not say: those of RFC 6335, section 6. */
export function ephemeralPorts(): PortRange {
  let text = '49152 65535';
  try {
    text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  } catch {}
  const [first = 0, last = 0] = text.trim().split(/\s+/).map(Number);
  return { first, last };
}

/**
 * The wider of the ranges below and above the ephemeral ports, without those of well-known programs. A machine that has made nearly all
 * ports ephemeral leaves none: then a connection may take a reserved port before its program does.
 */
export function reservable({ first, last }: PortRange): PortRange {
  const below = { first: 15_000, last: first - 1 };
  const above = { first: last + 1, last: 65_535 };
  const size = (range: PortRange) => range.last - range.first;
  const widest = size(below) >= size(above) ? below : above;
  return size(widest) < 1000 ? { first: 15_000, last: 32_000 } : widest;
}

/**
 * Takes the port's name in Linux's abstract namespace of sockets (unix(7)), which has one name once in a network namespace, and which
 * the kernel clears when a process ends, however it ends. False when another has it. On other systems nothing is reserved.
 */
async function reserve(port: number): Promise<boolean> {
  const server = createServer((socket) => socket.destroy()).listen({ path: `\0podfront-port-${port}`, exclusive: true });
  try {
    await once(server, 'listening');
    reservations.add(server.unref());
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE';
  }
}

/** Whether no program has the port. A HAProxy may, whose test has ended and which is about to end too. */
async function isFree(host: string, port: number): Promise<boolean> {
  const tcp = createServer().listen({ port, host, exclusive: true });
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind({ port, address: host, exclusive: true });
  // Both are waited for before one is closed: what fails may do so before the other listens.
  const opened = await Promise.allSettled([once(tcp, 'listening'), once(udp, 'listening')]);
  await Promise.all([new Promise((done) => tcp.close(done)), new Promise<void>((done) => udp.close(done))]);
  for (const one of opened) if (one.status === 'rejected' && one.reason.code !== 'EADDRINUSE') throw one.reason;
  return opened.every(({ status }) => status === 'fulfilled');
}
