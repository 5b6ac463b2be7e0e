import type { Nameserver } from '../config/config.ts';
import { hostPort } from '../ip/address.ts';
import type { CaseSupport } from './case-randomisation.ts';
import type { Channel, Events, Wait } from './channel.ts';
import { openTcp } from './tcp.ts';
import { openUdp } from './udp.ts';

/** One name server with its ways, and what is remembered of it. */
export interface Server<W extends Wait> {
  /** `address:port`, for people. */
  readonly text: string;
  readonly tcpOnly: boolean;
  readonly udp: Channel<W>;
  readonly tcp: Channel<W>;
  /** Smoothed time of an answer in milliseconds (RFC 6298's weights); null before the first. */
  roundTrip: number | null;
  /** Questions since the last answer that were not answered in time. */
  silent: number;
  /** When a silent server gets another chance, on performance.now()'s clock. */
  probeAt: number;
  letters: CaseSupport;
  /** SRV answers in a row that did not fit a datagram: the next ones will not either. */
  largeServices: number;
  /** False once it answered a query with EDNS with FORMERR or NOTIMP (RFC 6891, 7). */
  edns: boolean;
}

/** Opens both ways to the server; nothing is sent or connected before the first question. */
export function openServer<W extends Wait>(nameserver: Nameserver, events: Events<W>, idle: number): Server<W> {
  return {
    text: hostPort(nameserver.address.text, nameserver.port),
    tcpOnly: nameserver.transport === 'tcp',
    udp: openUdp(nameserver, events),
    tcp: openTcp(nameserver, events, idle),
    roundTrip: null,
    silent: 0,
    probeAt: 0,
    largeServices: 0,
    letters: { kind: 'unknown', echoes: 0 },
    edns: true,
  };
}

/** Notes an answer that took `ms`. */
export function noteResponse<W extends Wait>(server: Server<W>, ms: number): void {
  server.silent = 0;
  server.roundTrip = server.roundTrip === null ? ms : server.roundTrip * 0.875 + ms * 0.125;
}

/** So many unanswered questions in a row put a server behind the others. */
const givenUp = 3;

/** Milliseconds after which one question tries a silent server again; it costs that question the wait for the next server. */
const probeEvery = 5000;

/** The servers in the order to ask them: as configured, those that have been silent last. */
export function byHealth<W extends Wait>(servers: readonly Server<W>[]): readonly Server<W>[] {
  if (servers.length < 2 || servers.every(({ silent }) => silent < givenUp)) return servers;
  const now = performance.now();
  const well: Server<W>[] = [];
  const ill: Server<W>[] = [];
  for (const server of servers) {
    if (server.silent < givenUp) well.push(server);
    else if (now < server.probeAt) ill.push(server);
    else {
      server.probeAt = now + probeEvery;
      well.push(server);
    }
  }
  return [...well, ...ill];
}
