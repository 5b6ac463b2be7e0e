import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A relay in front of a name server, as a node's connection tracking is: each client's port is a flow of its own. */
export interface DnsRelay {
  /** `address:port`, as `cluster.nameservers` takes it. */
  readonly nameserver: string;
  /** Passes nothing of these flows on any longer, as if they were pinned to a name server that has died. */
  readonly mute: (ports: readonly number[]) => void;
  readonly close: () => void;
}

/** Starts a relay of UDP on a port of its own, to a name server on loopback. */
export async function startDnsRelay(to: number): Promise<DnsRelay> {
  const front = createSocket('udp4').bind(0, '127.0.0.1');
  await once(front, 'listening');
  const flows = new Map<number, Socket>();
  const muted = new Set<number>();
  front.on('message', (question, { port }) => {
    if (muted.has(port)) return;
    const flow = flows.get(port) ?? createSocket('udp4').on('message', (answer) => front.send(answer, port, '127.0.0.1'));
    flows.set(port, flow);
    flow.send(question, to, '127.0.0.1');
  });
  return {
    nameserver: `127.0.0.1:${front.address().port}`,
    mute: (ports) => {
      for (const port of ports) muted.add(port);
    },
    close: () => {
      for (const socket of [front, ...flows.values()]) socket.close();
    },
  };
}

/** The local UDP ports of a process (proc(5): its sockets in fd, and their ports in net/udp). */
export function udpPorts(pid: number): readonly number[] {
  const links = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const lines = readFileSync(`/proc/${pid}/net/udp`, 'utf8').split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , , , , , , , inode = ''] = line.trim().split(/\s+/);
    return inodes.has(inode) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
}
