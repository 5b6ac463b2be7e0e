import test from 'ava';
import { openResolver } from '../../src/dns/resolver.ts';
import type { DnsTimeouts } from '../../src/dns/timeouts.ts';
import { a, flags, type Heard, openFaultServer } from '../support/dns/fault-server.ts';

const name = 'web.default.svc.cluster.local';
const never = () => new AbortController().signal;

/** Asks one question of a server that answers with `handle`. */
async function asked(
  handle: (heard: Heard, nth: number) => void,
  type: 'A' | 'SRV' | 'AAAA' | 'TXT' = 'A',
  timeouts: Partial<DnsTimeouts> = {},
) {
  let nth = 0;
  const server = await openFaultServer((heard) => handle(heard, nth++));
  const resolver = openResolver({ nameservers: [server.nameserver], timeouts: { overall: 20_000, again: 10_000, ...timeouts } });
  try {
    const result = await resolver.ask({ name, type }, never());
    return { ...result, heard: server.heard, dropped: resolver.dropped() };
  } finally {
    resolver.close();
    await server.close();
  }
}

test('an A answer gives its addresses, its smallest TTL, and how it was got', async (t) => {
  const { outcome, lookup: how } = await asked((heard) =>
    heard.answer({ answers: [a(heard.name, '127.0.1.1', 30), a(heard.name, '127.0.1.2', 7)] }),
  );
  t.is(outcome.kind, 'found');
  if (outcome.kind !== 'found') return;
  t.deepEqual(
    outcome.addresses.map(({ text }) => text),
    ['127.0.1.1', '127.0.1.2'],
  );
  t.is(outcome.ttl, 7);
  t.like(how, { name, type: 'A', transport: 'udp', rcode: 'NOERROR', answers: 2, ttl: 7, truncated: false });
  t.true(how.bytes > 60);
});

/** Polls one name; the server also has dns-version, and may cache names in the letter case of the first who asks. */
async function polled(times: number, ownerOf: (heard: Heard) => string) {
  const server = await openFaultServer((heard) =>
    heard.type === 'TXT'
      ? heard.answer({ answers: [{ type: 'TXT', name: ownerOf(heard), ttl: 5, data: '1.1.0' }] })
      : heard.answer({ answers: [a(ownerOf(heard), '127.0.1.1')] }),
  );
  const resolver = openResolver({ nameservers: [server.nameserver], domain: 'cluster.local' });
  for (let i = 0; i < times; i++) assertFound(await resolver.ask({ name, type: 'A' }, never()));
  resolver.close();
  await server.close();
  return server.heard.filter(({ type }) => type === 'A');
}

function assertFound({ outcome }: { readonly outcome: { readonly kind: string } }): void {
  if (outcome.kind !== 'found') throw new Error(`the answer is ${outcome.kind}`);
}

test('queries over UDP leave from an address that the kernel chooses, which the server need not share', async (t) => {
  const server = await openFaultServer((heard) => heard.answer({ answers: [a(heard.name, '127.0.1.1')] }), { host: '127.0.0.5' });
  const resolver = openResolver({ nameservers: [server.nameserver] });
  assertFound(await resolver.ask({ name, type: 'A' }, never()));
  resolver.close();
  await server.close();
  // The source that Linux takes on loopback, whatever address of it is asked.
  t.deepEqual([...new Set(server.heard.map(({ peer }) => peer?.address))], ['127.0.0.1']);
});

test('queries carry EDNS, and each another id', async (t) => {
  const heard = await polled(8, (one) => one.name);
  t.is(new Set(heard.map(({ bytes }) => bytes.readUInt16BE(0))).size, 8);
  t.true(heard.every(({ bytes }) => bytes.readUInt16BE(10) === 1));
});

test('polled names are in random case once dns-version has come back in its own case, and never before', async (t) => {
  const heard = await polled(30, (one) => one.name);
  t.deepEqual(
    heard.slice(0, 2).map((one) => one.name),
    [name, name],
  );
  t.true(new Set(heard.slice(-8).map((one) => one.name)).size > 4);
});

test('names stay in lower case where a cache hands the case on to the next client', async (t) => {
  const first = new Map<string, string>();
  const heard = await polled(30, (one) => {
    const key = one.name.toLowerCase();
    if (!first.has(key)) first.set(key, one.name);
    return first.get(key) ?? '';
  });
  t.true(heard.every((one) => one.name === name));
});

test('names stay in lower case where the server folds them', async (t) => {
  const heard = await polled(30, (one) => one.name.toLowerCase());
  t.true(heard.every((one) => one.name === name));
});

test('SRV targets take their addresses from Additional, and two ports on one address stay two', async (t) => {
  const target = `127-0-1-1.${name}`;
  const { outcome } = await asked(
    (heard) =>
      heard.answer({
        answers: [8080, 8081].map((port) => ({ type: 'SRV', name: heard.name, ttl: 5, data: { port, target, weight: 50, priority: 0 } })),
        additionals: [a(target, '127.0.1.1')],
      }),
    'SRV',
  );
  t.is(outcome.kind, 'found');
  if (outcome.kind !== 'found') return;
  t.deepEqual(
    outcome.services.map(({ port, addresses }) => [port, addresses[0]?.text]),
    [
      [8080, '127.0.1.1'],
      [8081, '127.0.1.1'],
    ],
  );
});

test('NXDOMAIN and NODATA are empty, with the negative TTL', async (t) => {
  const soa = {
    mname: 'ns.dns.cluster.local',
    rname: 'hostmaster.cluster.local',
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: 5,
  };
  for (const [rcode, reason] of [
    [3, 'NXDOMAIN'],
    [0, 'NODATA'],
  ] as const) {
    const { outcome } = await asked((heard) =>
      heard.answer({ rcode, authorities: [{ type: 'SOA', name: 'cluster.local', ttl: 30, data: soa }] }),
    );
    t.deepEqual(outcome, { kind: 'empty', reason, ttl: 5, aliases: [] });
  }
});

for (const [rcode, code] of [
  [2, 'dns.servfail'],
  [5, 'dns.refused'],
  [9, 'dns.rcode'],
] as const) {
  test(`rcode ${rcode} is a failure: ${code}`, async (t) => {
    const { outcome } = await asked((heard) => heard.answer({ rcode }));
    t.is(outcome.kind === 'failed' ? outcome.problem.code : outcome.kind, code);
  });
}

test('silence ends in dns.timeout after several attempts, never in an empty answer', async (t) => {
  const { outcome, heard } = await asked(() => {}, 'A', { overall: 400, again: 60 });
  t.is(outcome.kind === 'failed' ? outcome.problem.code : outcome.kind, 'dns.timeout');
  t.true(heard.length >= 2);
});

test('a lost query is sent again', async (t) => {
  const { outcome, heard } = await asked((one, nth) => nth > 0 && one.answer({ answers: [a(one.name, '127.0.1.1')] }), 'A', {
    again: 60,
  });
  t.is(outcome.kind, 'found');
  t.true(heard.length >= 2);
});

test('a truncated response is followed by a query over TCP, and the next question goes over TCP at once', async (t) => {
  const server = await openFaultServer((heard) =>
    heard.transport === 'udp' ? heard.answer({ flags: flags.tc }) : heard.answer({ answers: [a(heard.name, '127.0.1.1')] }),
  );
  const resolver = openResolver({ nameservers: [server.nameserver] });
  const first = await resolver.ask({ name, type: 'A' }, never());
  const second = await resolver.ask({ name, type: 'A' }, never());
  resolver.close();
  await server.close();
  t.like(first, { lookup: { transport: 'tcp', truncated: true }, outcome: { kind: 'found' } });
  t.like(second, { lookup: { transport: 'tcp', truncated: true }, outcome: { kind: 'found' } });
  t.deepEqual(
    server.heard.map(({ transport }) => transport),
    ['udp', 'tcp', 'tcp'],
  );
});

test('an answer that is truncated over TCP too ends in dns.too-large', async (t) => {
  const { outcome } = await asked((heard) => heard.answer({ flags: flags.tc }));
  t.is(outcome.kind === 'failed' ? outcome.problem.code : outcome.kind, 'dns.too-large');
});

test('a name server where nobody listens is unreachable', async (t) => {
  const server = await openFaultServer(() => {});
  await server.close();
  const resolver = openResolver({ nameservers: [server.nameserver], timeouts: { overall: 400, again: 60 } });
  const { outcome } = await resolver.ask({ name, type: 'A' }, never());
  resolver.close();
  t.is(outcome.kind === 'failed' ? outcome.problem.code : outcome.kind, 'dns.unreachable');
  t.regex(outcome.kind === 'failed' ? outcome.problem.message : '', /ECONNREFUSED/);
});

test('a second server is asked early when the first is silent, and its answer counts', async (t) => {
  const silent = await openFaultServer(() => {});
  const good = await openFaultServer((heard) => heard.answer({ answers: [a(heard.name, '127.0.1.1')] }));
  const resolver = openResolver({ nameservers: [silent.nameserver, good.nameserver], timeouts: { overall: 2000, again: 1500, early: 40 } });
  const { outcome, lookup: how } = await resolver.ask({ name, type: 'A' }, never());
  resolver.close();
  await Promise.all([silent.close(), good.close()]);
  t.is(outcome.kind, 'found');
  t.is(how.server, `127.0.0.1:${good.port}`);
  t.is(silent.heard.length, 1);
});

test('a question ends at once when its signal aborts', async (t) => {
  const server = await openFaultServer(() => stop.abort(new Error('enough')));
  const stop = new AbortController();
  const resolver = openResolver({ nameservers: [server.nameserver] });
  await t.throwsAsync(resolver.ask({ name, type: 'A' }, stop.signal), { message: 'enough' });
  await t.throwsAsync(resolver.ask({ name, type: 'A' }, stop.signal), { message: 'enough' });
  resolver.close();
  await server.close();
});

test('a name that is no DNS name is refused before it is asked', async (t) => {
  const resolver = openResolver({ nameservers: [] });
  const { outcome } = await resolver.ask({ name: 'web .default', type: 'A' }, never());
  resolver.close();
  t.is(outcome.kind === 'failed' ? outcome.problem.code : outcome.kind, 'dns.bad-name');
});

test('a negative answer without authority ends in dns.not-cluster-dns, and the next server is asked', async (t) => {
  const stranger = await openFaultServer((heard) => heard.answer({ flags: 0, rcode: 3 }));
  const good = await openFaultServer((heard) => heard.answer({ answers: [a(heard.name, '127.0.1.1')] }));
  for (const [nameservers, expected] of [
    [[stranger], 'dns.not-cluster-dns'],
    [[stranger, good], 'found'],
  ] as const) {
    const resolver = openResolver({ nameservers: nameservers.map(({ nameserver }) => nameserver), domain: 'cluster.local' });
    const { outcome } = await resolver.ask({ name, type: 'A' }, never());
    t.is(outcome.kind === 'failed' ? outcome.problem.code : outcome.kind, expected);
    resolver.close();
  }
  await Promise.all([stranger.close(), good.close()]);
});
