/** A question to cluster DNS. */
export interface Question {
  /** Absolute, without final dot. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'SRV' | 'TXT';
}

/** One question with the facts of its answer, for `resolve` and for sizing HAProxy's payload. */
export interface DnsLookup extends Question {
  /** `address:port` of the server that answered, or that was asked last. */
  readonly server: string;
  readonly transport: 'udp' | 'tcp';
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, ...; null when no response came. */
  readonly rcode: string | null;
  /** Records in the answer section. */
  readonly answers: number;
  /** Smallest TTL of the answer in seconds (of the SOA for a negative one); null when there is none. */
  readonly ttl: number | null;
  /** Size of the response. */
  readonly bytes: number;
  readonly ms: number;
  /** True when the response does not fit a datagram: UDP set the TC bit, now or earlier, and it came by TCP. */
  readonly truncated: boolean;
}
