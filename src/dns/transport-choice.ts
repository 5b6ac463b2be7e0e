import { payloadSize, type Query } from './encoded-question.ts';
import type { Attempt } from './pending-query.ts';
import type { Server } from './server.ts';

/** So many SRV answers in a row that did not fit a datagram let the next ones be asked for over TCP at once. */
const enough = 8;

/** Every so many of these one goes over UDP, to see whether they still do not fit. */
const retry = 32;

/** How to ask: over TCP where it is configured, where the answer did not fit a datagram before, and where it will not. */
export function transportFor(query: Query, server: Server<Attempt>): 'udp' | 'tcp' {
  if (server.tcpOnly || query.large) return 'tcp';
  if (query.question.type !== 'SRV' || server.largeServices < enough) return 'udp';
  server.largeServices++;
  return server.largeServices % retry === 0 ? 'udp' : 'tcp';
}

/** Notes that the answer was truncated over UDP. */
export function noteTruncated(query: Query, server: Server<Attempt>): void {
  query.large = true;
  if (query.question.type === 'SRV') server.largeServices++;
}

/** Notes the size of a whole answer; returns whether it does not fit a datagram. */
export function noteSize({ asking, server, transport }: Attempt, bytes: number): boolean {
  const { query, cut } = asking;
  const isService = query.question.type === 'SRV';
  if (isService && bytes <= payloadSize && !query.large) server.largeServices = 0;
  if (transport === 'udp') return false;
  if (bytes > payloadSize) query.large = true;
  // The service has shrunk: the next answer fits again, even where UDP carries no more than 512 bytes.
  else if (bytes < payloadSize / 4 && !cut) query.large = false;
  return bytes > payloadSize;
}
