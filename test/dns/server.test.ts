import test from 'ava';
import { byHealth, type DnsServer, noteResponse, openServer } from '../../src/dns/server.ts';
import { address } from '../support/config-sample.ts';

const server = (port: number): DnsServer => openServer({ address: address('127.0.0.1'), port, transport: 'udp' }, () => {}, 1_000);
const ports = (servers: readonly DnsServer[]) => servers.map(({ text }) => Number(text.split(':').at(-1)));

test('a server is known by its address and port, and TCP alone is used where that is configured', (t) => {
  t.like(server(5353), { text: '127.0.0.1:5353', tcpOnly: false, roundTrip: null, unanswered: 0, edns: true });
  const six = openServer({ address: address('::1'), port: 53, transport: 'tcp' }, () => {}, 1_000);
  t.like(six, { text: '[::1]:53', tcpOnly: true });
});

test('the time of responses is smoothed, and a response ends the silence', (t) => {
  const one = server(1);
  one.unanswered = 5;
  noteResponse(one, 8);
  t.like(one, { roundTrip: 8, unanswered: 0 });
  noteResponse(one, 16);
  t.is(one.roundTrip, 9);
});

test('servers keep their order until one has been silent three times; then it is asked last', (t) => {
  const all = [server(1), server(2), server(3)];
  const [first] = all;
  if (first === undefined) throw new Error('there are three');
  first.unanswered = 2;
  t.deepEqual(ports(byHealth(all)), [1, 2, 3]);
  first.unanswered = 3;
  first.retryAt = Number.POSITIVE_INFINITY;
  t.deepEqual(ports(byHealth(all)), [2, 3, 1]);
});

test('a silent server is tried again by one question, and then only after a while', (t) => {
  const all = [server(1), server(2)];
  const [first] = all;
  if (first === undefined) throw new Error('there are two');
  first.unanswered = 3;
  t.deepEqual(ports(byHealth(all)), [1, 2], 'its time has come');
  t.true(first.retryAt > performance.now());
  t.deepEqual(ports(byHealth(all)), [2, 1]);
});

test('the only server is asked, however silent it is', (t) => {
  const only = server(1);
  only.unanswered = 100;
  t.deepEqual(byHealth([only]), [only]);
});
