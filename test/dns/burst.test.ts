import test from 'ava';
import { encode } from 'dns-packet';
import { openResolver } from '../../src/dns/resolver.ts';
import { a, flags, type Heard, openFaultServer } from '../support/dns/fault-server.ts';

const name = 'web.default.svc.cluster.local';
const never = () => new AbortController().signal;
const names = (count: number) => Array.from({ length: count }, (_, i) => `w${i}.${name}`);

test.serial('when the first datagram of each of 1,000 questions is lost, all are found within the time of one question', async (t) => {
  const asked = new Set<string>();
  const server = await openFaultServer((heard) => {
    if (asked.has(heard.name)) heard.answer({ answers: [a(heard.name, '127.0.1.1')] });
    asked.add(heard.name);
  });
  t.teardown(server.close);
  const resolver = openResolver({ nameservers: [server.nameserver] });
  t.teardown(resolver.close);
  const startedAt = performance.now();
  const results = await Promise.all(names(1000).map((each) => resolver.ask({ name: each, type: 'A' }, never())));
  t.log(`${Math.round(performance.now() - startedAt)} ms, ${server.heard.length} queries`);
  t.deepEqual([...new Set(results.map(({ outcome }) => outcome.kind))], ['found']);
});

test.serial('a burst of 5,000 questions is answered with one query each', async (t) => {
  const server = await openFaultServer((heard) => heard.send(sixtyAddresses(heard)));
  t.teardown(server.close);
  const resolver = openResolver({ nameservers: [server.nameserver], timeouts: { overall: 20_000, again: 10_000 } });
  t.teardown(resolver.close);
  const results = await Promise.all(names(5000).map((each) => resolver.ask({ name: each, type: 'A' }, never())));
  t.true(results.every(({ outcome }) => outcome.kind === 'found' && outcome.addresses.length === 60));
  t.is(server.heard.length, 5000);
  t.true(new Set(server.heard.map(({ peer }) => peer?.port)).size > 4);
});

function sixtyAddresses(heard: Heard): Buffer {
  const response = encode({
    type: 'response',
    id: heard.bytes.readUInt16BE(0),
    flags: flags.aa,
    questions: [{ type: 'A', name: heard.name }],
  });
  response.writeUInt16BE(60, 6);
  const record = (i: number) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 3, i + 1]);
  return Buffer.concat([response, ...Array.from({ length: 60 }, (_, i) => record(i))]);
}
