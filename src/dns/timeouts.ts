/** How long to wait and how often to try, in milliseconds. */
export interface DnsTimeouts {
  /** For a question with all its tries, from the first one on. Before that it may wait for as long in a burst of questions. */
  readonly overall: number;
  /** Before a question is sent again to the same server; doubled each time. */
  readonly again: number;
  /** Before the next server is asked too; less where the first one is known to be fast. */
  readonly early: number;
  /** How often a question is sent to each server, at most. */
  readonly tries: number;
  /** After which a TCP connection without questions is closed. */
  readonly idle: number;
}

/**
 * A cluster DNS answers in about a millisecond. A lost datagram is noticed after 250 ms and a second time 500 ms later;
 * CoreDNS closes an idle connection after 10 s, so podfront does it before.
 */
export const defaultDnsTimeouts: DnsTimeouts = { overall: 4000, again: 250, early: 100, tries: 4, idle: 8000 };
