/** A question to cluster DNS: `name` is absolute, without the final dot. */
export interface Question {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'SRV' | 'TXT';
}

/** What one question was answered with, for `resolve` and for sizing HAProxy's payload. */
export interface DnsLookup extends Question {
  /** `address:port` of the server that answered, or that was asked last. */
  readonly server: string;
  readonly transport: 'udp' | 'tcp';
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, ...; null when no answer came. */
  readonly rcode: string | null;
  readonly answers: number;
  /** Smallest TTL of the answer in seconds (of the SOA for a negative one); null when there is none. */
  readonly ttl: number | null;
  /** Size of the answer message. */
  readonly bytes: number;
  readonly ms: number;
  /** True when the answer does not fit a datagram: UDP said TC, now or at an earlier time, and it came by TCP. */
  readonly truncated: boolean;
}
