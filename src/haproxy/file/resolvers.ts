import type { Config } from '../../config/config.ts';
import type { DnsLookup } from '../../dns/message/question.ts';
import { atLeast, type Version } from '../../haproxy-syntax/version.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import { dnsLookups, type Observation } from '../../source/observation.ts';
import type { Allocation, ListenAllocation } from '../slots/allocate.ts';

/** The way in which HAProxy's own resolver asks cluster DNS. */
export interface DnsTransport {
  /** Whether `tcp@` precedes every name server. */
  readonly tcp: boolean;
  /** `accepted_payload_size` in bytes. */
  readonly payload: number;
  readonly warnings: readonly Problem[];
}

/** The largest answer that HAProxy accepts over UDP in any version, and over TCP from 2.4 on. In bytes. */
const maxUdp = 8192;
const maxTcp = 65535;

/**
 * Chooses payload size and transport by the measured answers: an answer over the payload size, or one that the
 * server truncates, leaves HAProxy without any server and without a log line, and it never retries over TCP by itself.
 * The size that counts is that of an answer which would fill all slots, not the current one.
 */
export function dnsTransport(config: Config, allocation: Allocation, observations: readonly Observation[], version: Version): DnsTransport {
  const largest = Math.max(0, ...allocation.map((listen, i) => answerSize(listen, lookupsOf(observations[i]))));
  const truncated = observations.some((one) => dnsLookups(one).some(({ truncated }) => truncated));
  const wanted = config.cluster.nameservers.some(({ transport }) => transport === 'tcp') || truncated || largest > maxUdp;
  const possible = atLeast(version, 2, 4);
  const tcp = wanted && possible;
  const warnings: Problem[] = [];
  if (wanted && !possible) warnings.push(problem('dns.needs-tcp', { version: version.text, bytes: largest }));
  if (tcp && largest > maxTcp) warnings.push(problem('dns.answer-too-large', { bytes: largest }));
  return { tcp, payload: tcp ? maxTcp : maxUdp, warnings };
}

function lookupsOf(observation: Observation | undefined): readonly DnsLookup[] {
  return observation === undefined ? [] : dnsLookups(observation);
}

/**
 * CoreDNS compresses only what would be larger than this (measured on 1.8.0 and 1.15.0): a smaller answer says nothing about the
 * size of the records of a larger one.
 */
const compressedAbove = 1480;

/** The bytes of an answer that would fill all slots, by the measured size of a record. */
function answerSize({ slots, family }: ListenAllocation, asked: readonly DnsLookup[]): number {
  if (slots === null) return 0;
  const header = 12 + slots.name.length + 6 + 11;
  const full = asked
    .filter(({ name, answers, bytes }) => name === slots.name && answers > 0 && bytes > compressedAbove)
    .map(({ bytes, answers }) => (bytes - header) / answers);
  // Compressed (RFC 1035 4.1.4), an address record is 16 or 28 bytes; an SRV record with its target and address about 85.
  const record = Math.max(slots.port === null ? 85 : family === 4 ? 16 : 28, ...full);
  return Math.ceil(header + slots.count * record);
}
