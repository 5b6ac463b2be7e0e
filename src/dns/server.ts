import { hostPort } from '../core/address.ts';
import type { Nameserver } from '../core/config.ts';
import type { Channel, Stray } from './channel.ts';
import { openTcp } from './tcp.ts';
import { openUdp } from './udp.ts';

/** One name server with its ways, and what is remembered of it. */
export interface Server {
  /** `address:port`, for people. */
  readonly text: string;
  readonly tcpOnly: boolean;
  readonly udp: Channel;
  readonly tcp: Channel;
  /** Smoothed time of an answer in milliseconds (RFC 6298's weights); null before the first. */
  roundTrip: number | null;
  /** Questions since the last answer that were not answered in time. */
  silent: number;
  /** Whether it returns the question's letter case; null until the first answer tells. */
  keepsCase: boolean | null;
  /** False once it answered a query with EDNS with FORMERR or NOTIMP (RFC 6891, 7). */
  edns: boolean;
}

/** Opens both ways to the server; nothing is sent or connected before the first question. */
export function openServer(nameserver: Nameserver, stray: Stray, idle: number): Server {
  return {
    text: hostPort(nameserver.address.text, nameserver.port),
    tcpOnly: nameserver.transport === 'tcp',
    udp: openUdp(nameserver, stray),
    tcp: openTcp(nameserver, stray, idle),
    roundTrip: null,
    silent: 0,
    keepsCase: null,
    edns: true,
  };
}

/** Notes an answer that took `ms`. */
export function heardFrom(server: Server, ms: number): void {
  server.silent = 0;
  server.roundTrip = server.roundTrip === null ? ms : server.roundTrip * 0.875 + ms * 0.125;
}

/** So many unanswered questions in a row put a server behind the others. */
const givenUp = 3;

/** The servers in the order to ask them: as configured, those that have been silent last. */
export function byHealth(servers: readonly Server[]): readonly Server[] {
  if (servers.length < 2 || servers.every(({ silent }) => silent < givenUp)) return servers;
  return [...servers.filter(({ silent }) => silent < givenUp), ...servers.filter(({ silent }) => silent >= givenUp)];
}
