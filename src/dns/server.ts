import type { Nameserver } from '../config/config.ts';
import { hostPort } from '../ip/address.ts';
import type { CaseSupport } from './case-randomisation.ts';
import type { Channel, OnUnmatched } from './channel.ts';
import { openTcp } from './tcp.ts';
import { openUdp } from './udp.ts';

/** One name server with the channels to it, and facts from its responses. */
export interface DnsServer {
  /** `address:port` */
  readonly text: string;
  readonly tcpOnly: boolean;
  readonly udp: Channel;
  readonly tcp: Channel;
  /** Smoothed time of a response in milliseconds (RFC 6298's weights); null before the first. */
  roundTrip: number | null;
  /** The number of queries since the last response that were not answered in time. */
  unanswered: number;
  /** The time at which a silent server is tried again, on performance.now()'s clock. */
  retryAt: number;
  caseSupport: CaseSupport;
  /** The number of SRV responses in a row that were truncated over UDP. */
  largeServices: number;
  /** False once it answered a query with EDNS with FORMERR or NOTIMP (RFC 6891, section 7). */
  edns: boolean;
}

/** Opens the channels to a server; nothing is sent or connected before the first query. */
export function openServer(nameserver: Nameserver, onUnmatched: OnUnmatched, idle: number): DnsServer {
  return {
    text: hostPort(nameserver.address.text, nameserver.port),
    tcpOnly: nameserver.transport === 'tcp',
    udp: openUdp(nameserver, onUnmatched),
    tcp: openTcp(nameserver, onUnmatched, idle),
    roundTrip: null,
    unanswered: 0,
    retryAt: 0,
    caseSupport: { kind: 'unknown', echoes: 0 },
    largeServices: 0,
    edns: true,
  };
}

/** Notes a response that took `ms`. */
export function noteResponse(server: DnsServer, ms: number): void {
  server.unanswered = 0;
  server.roundTrip = server.roundTrip === null ? ms : server.roundTrip * 0.875 + ms * 0.125;
}

/** The number of unanswered queries in a row after which a server comes after the others. */
const maxUnanswered = 3;

/** Milliseconds before one question tries a silent server again, at the cost of a wait for the next server. */
const retryAfter = 5000;

/** The servers in the order in which to ask them: as configured, but silent ones last. */
export function byHealth(servers: readonly DnsServer[]): readonly DnsServer[] {
  if (servers.length < 2 || servers.every(({ unanswered }) => unanswered < maxUnanswered)) return servers;
  const now = performance.now();
  const healthy: DnsServer[] = [];
  const silent: DnsServer[] = [];
  for (const server of servers) {
    if (server.unanswered < maxUnanswered) healthy.push(server);
    else if (now < server.retryAt) silent.push(server);
    else {
      server.retryAt = now + retryAfter;
      healthy.push(server);
    }
  }
  return [...healthy, ...silent];
}
