/** The timeouts of a question in milliseconds, and its number of tries. */
export interface DnsTimeouts {
  /** For a question with all its tries, from the first one on. In a burst of questions it may wait for as long before that. */
  readonly overall: number;
  /** Before a question is sent again to the same server; doubled each time. */
  readonly again: number;
  /** Before the next server is asked too; less where the first one is known to be fast. */
  readonly early: number;
  /** The most times that a question is sent to each server. */
  readonly tries: number;
  /** Before a TCP connection without questions is closed. */
  readonly idle: number;
}

/**
 * The default timeouts. A cluster DNS answers in about a millisecond. A lost datagram is noticed after 250 ms, and a second one 500 ms later;
 * CoreDNS closes an idle connection after 10 s, so podfront does it before.
 */
export const defaultDnsTimeouts: DnsTimeouts = { overall: 4000, again: 250, early: 100, tries: 4, idle: 8000 };
