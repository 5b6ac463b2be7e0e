import test from 'ava';
import { encodeQuery, type Query } from '../../src/dns/query.ts';
import { type DnsServer, openServer } from '../../src/dns/server.ts';
import { noteSize, noteTcpFailed, noteTruncated, transportFor } from '../../src/dns/transport-choice.ts';
import { address } from '../support/config-sample.ts';

const server = (transport: 'udp' | 'tcp' = 'udp'): DnsServer =>
  openServer({ address: address('127.0.0.1'), port: 53, transport }, () => {}, 1_000);

function query(type: 'A' | 'SRV' = 'A'): Query {
  const encoded = encodeQuery({ name: 'web.example.org', type });
  if (encoded === null) throw new Error('it can be asked');
  return encoded;
}

test('UDP is asked, unless the server is to be asked over TCP alone', (t) => {
  t.is(transportFor(query(), server()), 'udp');
  t.is(transportFor(query(), server('tcp')), 'tcp');
});

test('a question whose response was truncated goes over TCP from then on, and others do not', (t) => {
  const [one, large] = [server(), query()];
  noteTruncated(large, one);
  t.is(transportFor(large, one), 'tcp');
  t.is(transportFor(query(), one), 'udp');
});

test('eight truncated SRV responses in a row have other SRV questions asked over TCP, and every 32nd over UDP', (t) => {
  const one = server();
  for (let i = 0; i < 7; i++) noteTruncated(query('SRV'), one);
  t.is(transportFor(query('SRV'), one), 'udp');
  noteTruncated(query('SRV'), one);
  const chosen = Array.from({ length: 64 }, () => transportFor(query('SRV'), one));
  t.is(chosen.filter((transport) => transport === 'udp').length, 2);
  t.is(transportFor(query('A'), one), 'udp');
  noteSize(query('SRV'), one, 'udp', 400, false);
  t.is(transportFor(query('SRV'), one), 'udp', 'a small one ends the row');
});

test('where TCP brings nothing UDP is asked first again', (t) => {
  const [one, large] = [server(), query('SRV')];
  for (let i = 0; i < 9; i++) noteTruncated(large, one);
  noteTcpFailed(large, one);
  t.is(transportFor(large, one), 'udp');
  t.is(transportFor(query('SRV'), one), 'udp');
});

test('a response over TCP tells by its size which transport is next', (t) => {
  const [one, shrinking] = [server(), query()];
  t.true(noteSize(shrinking, one, 'tcp', 1_233, false));
  t.is(transportFor(shrinking, one), 'tcp');
  t.false(noteSize(shrinking, one, 'tcp', 1_232, false));
  t.is(transportFor(shrinking, one), 'tcp', 'it fits, and barely');
  t.false(noteSize(shrinking, one, 'tcp', 307, true));
  t.is(transportFor(shrinking, one), 'tcp', 'UDP has just truncated it');
  t.false(noteSize(shrinking, one, 'tcp', 307, false));
  t.is(transportFor(shrinking, one), 'udp');
  t.false(noteSize(query(), one, 'udp', 5_000, false));
});
