import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Bind } from '../../haproxy-syntax/bind.ts';
import { type Address, parseAddress, unmapped } from '../../ip/address.ts';
import { type Problem, problem } from '../../problem/problem.ts';

/** A bind that HAProxy does not have yet. */
export interface NewBind {
  /** Its purpose, in words. */
  readonly owner: string;
  /** The listens that cannot be served without it; empty where it belongs to no listen. */
  readonly listens: readonly string[];
  readonly bind: Bind;
}

/** The listening sockets of HAProxy itself, as the kernel shows them, or else the binds of the files that HAProxy loads. */
export type OwnSockets =
  | { readonly kind: 'inodes'; readonly inodes: ReadonlySet<string> }
  | { readonly kind: 'binds'; readonly binds: readonly Bind[] };

/** A bind on which a reload would fail. */
export interface UnbindableBind {
  readonly listens: readonly string[];
  readonly problem: Problem;
  /** The inode of the socket that has its port; null where the address is the fault. */
  readonly inode: string | null;
}

/**
 * Finds binds on which a reload would fail although `haproxy -c` accepts them: an address that this machine does not own, a
 * port that another program listens on. Cases that cannot be determined are left to the reload.
 *
 * @param own the sockets of HAProxy itself, which are no obstacle to it
 */
export async function unbindable(wanted: readonly NewBind[], own: OwnSockets): Promise<readonly UnbindableBind[]> {
  if (wanted.length === 0) return [];
  const taken = await listening();
  const owned = new Map<string, Promise<boolean>>();
  const isOwned = (address: Address) => owned.get(address.text) ?? remember(owned, address.text, canBind(address));
  const found = await Promise.all(
    wanted.map(async ({ owner, listens, bind }): Promise<UnbindableBind | null> => {
      const address = bind.host?.text ?? '*';
      if (bind.host !== null && !(await isOwned(bind.host)))
        return { listens, problem: problem('bind.not-owned', { bind: bind.text, owner, address }), inode: null };
      const other = taken.find((socket) => clashes(bind, socket) && !isOwn(own, socket));
      if (other === undefined) return null;
      return { listens, problem: problem('bind.taken', { bind: bind.text, owner, port: other.port }), inode: other.inode };
    }),
  );
  return found.filter((one) => one !== null);
}

function isOwn(own: OwnSockets, socket: Listening): boolean {
  return own.kind === 'inodes' ? own.inodes.has(socket.inode) : own.binds.some((bind) => clashes(bind, socket));
}

function remember<T>(known: Map<string, T>, key: string, value: T): T {
  known.set(key, value);
  return value;
}

interface Listening {
  readonly address: Address;
  readonly port: number;
  readonly inode: string;
}

/** Whether the address can be bound, by binding it for an instant with any free port, so that local routes and ip_nonlocal_bind count too. */
function canBind(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRNOTAVAIL'));
    server.listen({ host: address.text, port: 0, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** All listening TCP sockets of this network namespace (proc(5), /proc/net/tcp). A trial bind would occupy the port for others. */
async function listening(): Promise<readonly Listening[]> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')));
  return tables.flatMap((table) =>
    [...table.matchAll(/^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ 0A \S+ \S+ \S+ +\d+ +\d+ (\d+) /gm)].flatMap(
      ([, hex = '', port = '', inode = '']) => {
        const address = parseAddress(kernelAddress(hex));
        return address === null ? [] : [{ address: unmapped(address), port: Number.parseInt(port, 16), inode }];
      },
    ),
  );
}

/** An address as the kernel prints it: 32-bit words in the machine's byte order. Of the Linux machines that Node supports, only s390x is not little-endian. */
function kernelAddress(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
}

/**
 * Whether the bind and the listening socket have the same port of the same address. `*` of HAProxy is IPv4 (HAProxy manual 4.2,
 * bind). Whether a socket on `::` accepts IPv4 too cannot be seen in /proc, so families are never mixed.
 */
function clashes({ host, firstPort, lastPort }: Bind, { address, port }: Listening): boolean {
  if (port < firstPort || port > lastPort) return false;
  const mine = host ?? { family: 4, value: 0n };
  return mine.family === address.family && (mine.value === address.value || mine.value === 0n || address.value === 0n);
}
