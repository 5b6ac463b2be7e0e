import test from 'ava';
import type { DnsLookup } from '../../../src/dns/message/question.ts';
import { dnsTransport } from '../../../src/haproxy/file/resolvers.ts';
import { allocateServers } from '../../../src/haproxy/slots/allocate.ts';
import { parseVersion } from '../../../src/haproxy-syntax/version.ts';
import { address, config, listen, observed, podAddresses } from '../../support/config-sample.ts';

function asked(given: Partial<DnsLookup>): DnsLookup {
  return {
    name: 'ingress.default.svc.cluster.local',
    type: 'A',
    server: '127.0.0.1:53',
    transport: 'udp',
    rcode: 'NOERROR',
    answers: 1,
    ttl: 5,
    bytes: 84,
    ms: 1,
    truncated: false,
    ...given,
  };
}

function transport(pods: number, given: Partial<DnsLookup> = {}, version = '2.6', nameserver: 'udp' | 'tcp' = 'udp') {
  const one = listen();
  const all = config([one], {}, { nameservers: [{ address: address('127.0.0.1'), port: 53, transport: nameserver }] });
  const observations = [observed(one, podAddresses(pods), { evidence: { kind: 'dns', lookups: [asked(given)] } })];
  const { tcp, payload, warnings } = dnsTransport(
    all,
    allocateServers(all, observations, new Map(), false),
    observations,
    parseVersion(version),
  );
  return { tcp, payload, warnings: warnings.map(({ code }) => code) };
}

test('small answers go over UDP with the largest payload that every version takes', (t) => {
  t.deepEqual(transport(3), { tcp: false, payload: 8192, warnings: [] });
});

test('slots whose answer would not fit 8192 bytes make it TCP, before the answer really grows', (t) => {
  t.deepEqual(transport(300, { answers: 300, bytes: 12 + 37 + 17 + 300 * 16 }), { tcp: false, payload: 8192, warnings: [] });
  t.deepEqual(transport(345, { answers: 345, bytes: 12 + 37 + 17 + 345 * 16 }), { tcp: true, payload: 65535, warnings: [] });
});

test('small answers, which CoreDNS leaves uncompressed, do not make large ones look larger than they will be', (t) => {
  t.false(transport(28, { answers: 28, bytes: 1434 }).tcp);
  const crowd = listen({ maxExpectedPods: 400 });
  const observations = [observed(crowd, podAddresses(28), { evidence: { kind: 'dns', lookups: [asked({ answers: 28, bytes: 1434 })] } })];
  const all = config([crowd]);
  t.false(dnsTransport(all, allocateServers(all, observations, new Map(), false), observations, parseVersion('2.6')).tcp);
});

test('uncompressed answers count as large as they are', (t) => {
  t.true(transport(100, { answers: 100, bytes: 100 * 60 }).tcp);
});

test('a server that truncates, or one configured with tcp@, is asked over TCP', (t) => {
  t.true(transport(40, { truncated: true }).tcp);
  t.true(transport(1, {}, '2.6', 'tcp').tcp);
});

test('HAProxy before 2.4 cannot, and says so', (t) => {
  t.deepEqual(transport(40, { truncated: true }, '2.3'), { tcp: false, payload: 8192, warnings: ['dns.needs-tcp'] });
});

test('an answer that no DNS message can hold is worth a warning', (t) => {
  t.deepEqual(transport(900, { answers: 900, bytes: 90_000 }).warnings, ['dns.answer-too-large']);
});
