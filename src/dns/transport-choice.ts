import { payloadSize, type Query } from './query.ts';
import type { DnsServer } from './server.ts';

/** The number of SRV responses in a row that did not fit a datagram after which the next ones are asked for over TCP at once. */
const enough = 8;

/** One in this many goes over UDP, to see whether they still do not fit. */
const recheckEvery = 32;

/** The transport for a query: TCP where it is configured, or where the response did not fit a datagram before or is expected not to. */
export function transportFor(query: Query, server: DnsServer): 'udp' | 'tcp' {
  if (server.tcpOnly || query.large) return 'tcp';
  if (query.question.type !== 'SRV' || server.largeServices < enough) return 'udp';
  server.largeServices++;
  return server.largeServices % recheckEvery === 0 ? 'udp' : 'tcp';
}

/** Notes that the response was truncated over UDP. */
export function noteTruncated(query: Query, server: DnsServer): void {
  query.large = true;
  if (query.question.type === 'SRV') server.largeServices++;
}

/** Notes that TCP brought no response: UDP is asked first again, because a response may have become small enough. */
export function noteTcpFailed(query: Query, server: DnsServer): void {
  query.large = false;
  server.largeServices = 0;
}

/**
 * Notes the size of a complete response; returns whether it does not fit a datagram.
 *
 * @param truncatedNow whether UDP said so to the same question
 */
export function noteSize(query: Query, server: DnsServer, transport: 'udp' | 'tcp', bytes: number, truncatedNow: boolean): boolean {
  if (query.question.type === 'SRV' && bytes <= payloadSize && !query.large) server.largeServices = 0;
  if (transport === 'udp') return false;
  if (bytes > payloadSize) query.large = true;
  // The service has shrunk: the next response fits again, even where UDP carries no more than 512 bytes.
  else if (bytes < payloadSize / 4 && !truncatedNow) query.large = false;
  return bytes > payloadSize;
}
