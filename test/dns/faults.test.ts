import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { Answer } from 'dns-packet';
import type { LookupResult } from '../../src/dns/message/outcome.ts';
import { openResolver, type Resolver } from '../../src/dns/resolver.ts';
import type { DnsTimeouts } from '../../src/dns/timeouts.ts';
import { a, type FaultServer, flags, framed, type Heard, openFaultServer } from '../support/dns/fault-server.ts';

const name = 'web.default.svc.cluster.local';
const never = () => new AbortController().signal;
const question = { name, type: 'A' } as const;
const good = (heard: Heard) => heard.response({ answers: [a(heard.name, '127.0.1.1'), a(heard.name, '127.0.1.2')] });

/** For what must be answered: nothing is asked twice on a slow machine. */
const patient = { overall: 20_000, again: 10_000 };

/** For what ends in a failure, which takes all of its time. */
const brief = { overall: 3000, again: 500 };

/** For what needs to be asked again. */
const eager = { overall: 20_000, again: 50 };

/** A server, and a resolver that asks it. */
interface Stage {
  readonly server: FaultServer;
  readonly resolver: Resolver;
}

/** Runs against a server that answers with `handle`; `nth` counts the queries it got, from 0. */
async function against<T>(
  handle: (heard: Heard, nth: number) => void,
  timeouts: Partial<DnsTimeouts>,
  act: (stage: Stage) => Promise<T>,
  tcp = true,
): Promise<T> {
  let nth = 0;
  const server = await openFaultServer((heard) => handle(heard, nth++), { tcp });
  const resolver = openResolver({ nameservers: [server.nameserver], timeouts: { ...patient, ...timeouts } });
  try {
    return await act({ server, resolver });
  } finally {
    resolver.close();
    await server.close();
  }
}

/** Asks once. */
function asked(handle: (heard: Heard, nth: number) => void, timeouts: Partial<DnsTimeouts> = {}, type: 'A' | 'SRV' = 'A') {
  return against(handle, timeouts, async ({ resolver, server }) => {
    const result = await resolver.ask({ name, type }, never());
    return { ...result, shown: shown(result), dropped: { ...resolver.dropped() }, heard: server.heard.length };
  });
}

/** The addresses found, or the code of the failure, or why it is empty. */
function shown({ outcome }: LookupResult): string {
  switch (outcome.kind) {
    case 'found':
      return outcome.addresses.map(({ text }) => text).join(' ');
    case 'empty':
      return outcome.reason;
    case 'failed':
      return outcome.problem.code;
    default:
      return outcome satisfies never;
  }
}

const both = '127.0.1.1 127.0.1.2';

test('a late response counts as long as the question is open, although the query was sent again in the meantime', async (t) => {
  const it = await asked((heard, nth) => {
    if (nth === 0) setTimeout(() => heard.send(good(heard)), 200);
  }, eager);
  t.is(it.shown, both);
  t.true(it.heard > 1);
});

test('of two equal responses the second is dropped and counted', async (t) => {
  await against(
    (heard) => {
      heard.send(good(heard));
      heard.send(good(heard));
    },
    {},
    async ({ resolver }) => {
      t.is(shown(await resolver.ask(question, never())), both);
      t.is(shown(await resolver.ask(question, never())), both);
      for (let tries = 0; (resolver.dropped().id ?? 0) < 2 && tries < 100; tries++) await sleep(5);
      t.is(resolver.dropped().id, 2);
    },
  );
});

test('responses may come in any order', async (t) => {
  const held: Heard[] = [];
  await against(
    (heard) => {
      held.push(heard);
      if (held.length < 50) return;
      for (const one of held.reverse()) one.answer({ answers: [a(one.name, `127.0.2.${Number(/\d+/.exec(one.name)?.[0]) + 1}`)] });
    },
    patient,
    async ({ resolver }) => {
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, i) => resolver.ask({ name: `web${i}.default.svc.cluster.local`, type: 'A' }, never())),
      );
      t.deepEqual(
        results.map(shown),
        Array.from({ length: 50 }, (_, i) => `127.0.2.${i + 1}`),
      );
    },
  );
});

test('a response that is cut off at any byte is dropped, and the complete one that follows is accepted', async (t) => {
  let cuts = 0;
  const it = await asked((heard) => {
    const complete = good(heard);
    for (cuts = 0; cuts < complete.length; cuts++) heard.send(complete.subarray(0, cuts));
    heard.send(complete);
  }, patient);
  t.is(it.shown, both);
  t.is(
    Object.values(it.dropped).reduce((sum, n) => sum + n, 0),
    cuts,
  );
});

test('a response with bytes behind its last record is dropped', async (t) => {
  const it = await asked((heard) => heard.send(Buffer.concat([good(heard), Buffer.from([0])])), brief);
  t.is(it.shown, 'dns.garbage');
});

const forgeries: readonly [string, string, (heard: Heard) => Buffer][] = [
  ['another id', 'id', (heard) => patched(good(heard), (bytes) => bytes.writeUInt16BE((bytes.readUInt16BE(0) + 1) & 0xffff, 0))],
  ['no response bit', 'query', (heard) => patched(good(heard), (bytes) => bytes.writeUInt8(bytes.readUInt8(2) & 0x7f, 2))],
  ['another opcode', 'query', (heard) => patched(good(heard), (bytes) => bytes.writeUInt8(bytes.readUInt8(2) | 0x28, 2))],
  ['another name in the question', 'question', (heard) => patched(good(heard), (bytes) => bytes.writeUInt8(0x78, 13))],
  ['another type in the question', 'question', (heard) => patched(good(heard), (bytes) => bytes.writeUInt16BE(28, 12 + name.length + 2))],
  ['another class in the question', 'question', (heard) => patched(good(heard), (bytes) => bytes.writeUInt16BE(3, 12 + name.length + 4))],
  ['no question', 'question', (heard) => heard.response({ questions: [], answers: [a(heard.name, '127.0.6.6')] })],
  ['NXDOMAIN together with records', 'malformed', (heard) => heard.response({ rcode: 3, answers: [a(heard.name, '127.0.6.6')] })],
  ['the address 0.0.0.0', 'malformed', (heard) => heard.response({ answers: [a(heard.name, '0.0.0.0')] })],
  ['a multicast address', 'malformed', (heard) => heard.response({ answers: [a(heard.name, '224.0.0.1')] })],
  ['an address of three bytes', 'malformed', (heard) => patched(good(heard), (bytes) => bytes.writeUInt16BE(3, bytes.length - 6))],
  ['a record count that is too high', 'malformed', (heard) => patched(good(heard), (bytes) => bytes.writeUInt16BE(3, 6))],
  [
    'a name that points to itself',
    'malformed',
    (heard) => patched(good(heard), (bytes) => bytes.writeUInt16BE(0xc000 + 12 + name.length + 6, 12 + name.length + 6)),
  ],
  [
    'a name that points forward',
    'malformed',
    (heard) => patched(good(heard), (bytes) => bytes.writeUInt16BE(0xc000 + bytes.length - 8, 12 + name.length + 6)),
  ],
];

function patched(bytes: Buffer, patch: (bytes: Buffer) => void): Buffer {
  patch(bytes);
  return bytes;
}

for (const [what, why, forge] of forgeries) {
  test(`a response with ${what} is dropped and counted, and the true one is accepted`, async (t) => {
    const it = await asked((heard) => {
      heard.send(forge(heard));
      setTimeout(() => heard.send(good(heard)), 30);
    }, patient);
    t.is(it.shown, both);
    t.deepEqual(it.dropped, { [why]: 1 });
  });
}

test('forged responses alone end in dns.garbage, never in an empty answer', async (t) => {
  const it = await asked(
    (heard) => heard.answer({ questions: [{ type: 'A', name: 'other.example.org' }], answers: [a(name, '127.0.6.6')] }),
    brief,
  );
  t.is(it.shown, 'dns.garbage');
});

test('a response from another port or address does not arrive', async (t) => {
  const strangers = await Promise.all(
    ['127.0.0.1', '127.0.0.2'].map(async (host) => {
      const socket = createSocket('udp4');
      socket.bind(0, host);
      await once(socket, 'listening');
      return socket;
    }),
  );
  const it = await asked((heard) => {
    const forged = heard.response({ answers: [a(heard.name, '127.0.6.6')] });
    for (const stranger of strangers) if (heard.peer !== null) stranger.send(forged, heard.peer.port, heard.peer.address);
    setTimeout(() => heard.send(good(heard)), 30);
  }, patient);
  for (const stranger of strangers) stranger.close();
  t.is(it.shown, both);
});

test('records of other names and classes beside the right one are not used', async (t) => {
  const it = await asked((heard) =>
    heard.answer({
      answers: [
        a('other.default.svc.cluster.local', '127.0.6.6'),
        a(heard.name, '127.0.1.1'),
        { type: 'A', name: heard.name, ttl: 5, class: 'CH', data: '127.0.6.7' },
      ],
    }),
  );
  t.is(it.shown, '127.0.1.1');
});

test('an address in Additional counts only for its own target', async (t) => {
  const target = `pod.${name}`;
  const it = await asked(
    (heard) =>
      heard.answer({
        answers: [{ type: 'SRV', name: heard.name, ttl: 5, data: { port: 80, target, weight: 1, priority: 0 } }],
        additionals: [a(`other.${name}`, '127.0.6.6'), a(target, '127.0.1.1')],
      }),
    {},
    'SRV',
  );
  t.deepEqual(it.outcome.kind === 'found' && it.outcome.services.map(({ addresses }) => addresses.map(({ text }) => text)), [
    ['127.0.1.1'],
  ]);
});

test('a chain of aliases is followed to its end', async (t) => {
  const it = await asked((heard) =>
    heard.answer({
      answers: [
        a('two.example.org', '127.0.1.1'),
        { type: 'CNAME', name: 'one.example.org', ttl: 5, data: 'two.example.org' },
        { type: 'CNAME', name: heard.name, ttl: 5, data: 'one.example.org' },
      ],
    }),
  );
  t.is(it.shown, '127.0.1.1');
  t.deepEqual(it.outcome.kind === 'found' && it.outcome.aliases, ['one.example.org', 'two.example.org']);
});

test('aliases that go in a circle, or are more than eight, end in dns.garbage', async (t) => {
  const circle = await asked(
    (heard) =>
      heard.answer({
        answers: [
          { type: 'CNAME', name: heard.name, ttl: 5, data: 'b.example.org' },
          { type: 'CNAME', name: 'b.example.org', ttl: 5, data: name },
        ],
      }),
    brief,
  );
  t.is(circle.shown, 'dns.garbage');
  const long = await asked(
    (heard) =>
      heard.answer({
        answers: Array.from(
          { length: 20 },
          (_, i) => ({ type: 'CNAME', name: i === 0 ? heard.name : `c${i}.example.org`, ttl: 5, data: `c${i + 1}.example.org` }) as const,
        ),
      }),
    brief,
  );
  t.is(long.shown, 'dns.garbage');
});

const oddLabels = ['a\nb', 'a b', 'a"b', "a'b", 'a#b', ['$', '{a}'].join(''), 'a\\b', 'a\u0000b', 'ä', '-a', 'a-', 'a_b', '*'];
for (const label of oddLabels) {
  test(`an SRV target with the label ${JSON.stringify(label)} ends in dns.garbage`, async (t) => {
    const it = await asked(
      (heard) =>
        heard.answer({
          answers: [{ type: 'SRV', name: heard.name, ttl: 5, data: { port: 80, target: `${label}.example.org`, weight: 1, priority: 0 } }],
        }),
      brief,
      'SRV',
    );
    t.is(it.shown, 'dns.garbage');
  });
}

test('an SRV target of length zero says that there is no service; one of 254 bytes and more ends in dns.garbage', async (t) => {
  const srv = (target: string) => (heard: Heard) =>
    heard.answer({ answers: [{ type: 'SRV', name: heard.name, ttl: 5, data: { port: 80, target, weight: 1, priority: 0 } }] });
  t.is((await asked(srv('.'), {}, 'SRV')).shown, 'NODATA');
  const longest = [63, 63, 63, 61].map((length) => 'a'.repeat(length)).join('.');
  t.is((await asked(srv(longest), {}, 'SRV')).outcome.kind, 'found');
  t.is((await asked(srv(`${longest}a`), brief, 'SRV')).shown, 'dns.garbage');
  t.is((await asked(srv([63, 63, 63, 63, 63].map((length) => 'a'.repeat(length)).join('.')), brief, 'SRV')).shown, 'dns.garbage');
});

test('an SRV record with port 0 ends in dns.garbage', async (t) => {
  const it = await asked(
    (heard) =>
      heard.answer({
        answers: [{ type: 'SRV', name: heard.name, ttl: 5, data: { port: 0, target: 'a.example.org', weight: 1, priority: 0 } }],
      }),
    brief,
    'SRV',
  );
  t.is(it.shown, 'dns.garbage');
});

test('a TTL with its top bit set counts as 0', async (t) => {
  const it = await asked((heard) => heard.answer({ answers: [a(heard.name, '127.0.1.1', 0x8000_0001)] }));
  t.is(it.lookup.ttl, 0);
});

test('the upper bits of an extended rcode are merged: BADVERS is no NOERROR', async (t) => {
  const it = await asked((heard) =>
    heard.answer({
      answers: [a(heard.name, '127.0.6.6')],
      additionals: [
        { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 1, ednsVersion: 0, flags: 0, flag_do: false, options: [] },
      ],
    }),
  );
  t.is(it.shown, 'dns.rcode');
  t.is(it.lookup.rcode, 'BADVERS');
});

test('a server that does not know EDNS is asked without it', async (t) => {
  const it = await asked((heard) => (heard.bytes.readUInt16BE(10) > 0 ? heard.answer({ rcode: 1 }) : heard.send(good(heard))));
  t.is(it.shown, both);
});

test('a referral is no empty answer', async (t) => {
  const it = await asked((heard) =>
    heard.answer({ flags: 0, authorities: [{ type: 'NS', name: 'local', ttl: 5, data: 'ns.example.org' }] }),
  );
  t.is(it.shown, 'dns.referral');
});

/** Truncates over UDP; answers with `handle` over TCP. */
function onTcp(handle: (heard: Heard, nth: number) => void) {
  let nth = 0;
  return (heard: Heard) => (heard.transport === 'udp' ? heard.answer({ flags: flags.tc }) : handle(heard, nth++));
}

for (const [what, cut] of [
  ['in its length', 1],
  ['in the middle', 40],
  ['before its last byte', -1],
] as const) {
  test(`a query is sent again when its response over TCP ends ${what}`, async (t) => {
    const it = await asked(
      onTcp((heard, nth) => {
        const complete = framed(good(heard));
        if (nth === 0) heard.socket?.end(complete.subarray(0, cut < 0 ? complete.length + cut : cut));
        else heard.send(good(heard));
      }),
    );
    t.is(it.shown, both);
  });
}

test('a response over TCP may come byte by byte, and two in one piece', async (t) => {
  const held: Heard[] = [];
  await against(
    onTcp((heard) => {
      held.push(heard);
      if (held.length < 2) return;
      const stream = Buffer.concat(held.map((one) => framed(good(one))));
      const [first, ...rest] = [stream.subarray(0, 1), stream.subarray(1, 2), stream.subarray(2, 30), stream.subarray(30)];
      if (first !== undefined) heard.socket?.write(first);
      for (const [i, part] of rest.entries()) setTimeout(() => heard.socket?.write(part), 10 * (i + 1));
    }),
    patient,
    async ({ resolver, server }) => {
      const results = await Promise.all([resolver.ask(question, never()), resolver.ask({ name: `b.${name}`, type: 'A' }, never())]);
      t.deepEqual(results.map(shown), [both, both]);
      t.is(new Set(server.heard.flatMap(({ socket }) => socket ?? [])).size, 1);
    },
  );
});

test('messages over TCP that answer nothing are dropped, and the response behind them is accepted', async (t) => {
  const it = await asked(
    onTcp((heard) => {
      heard.socket?.write(Buffer.from([0, 0, 0, 3, 1, 2, 3]));
      heard.send(patched(good(heard), (bytes) => bytes.writeUInt16BE((bytes.readUInt16BE(0) + 1) & 0xffff, 0)));
      heard.send(good(heard));
    }),
  );
  t.is(it.shown, both);
  t.deepEqual(it.dropped, { short: 2, id: 1 });
});

test('a server that accepts a connection and never answers ends in a timeout', async (t) => {
  const it = await asked(
    onTcp(() => {}),
    brief,
  );
  t.is(it.shown, 'dns.timeout');
});

test('a truncated response from a server without TCP ends in dns.tcp-needed', async (t) => {
  const result = await against(
    (heard) => heard.answer({ flags: flags.tc }),
    brief,
    ({ resolver }) => resolver.ask(question, never()),
    false,
  );
  t.is(shown(result), 'dns.tcp-needed');
});

for (const [what, tcp] of [
  ['refuses connections', false],
  ['accepts connections and never answers', true],
] as const) {
  test(`after a truncated response UDP is asked again while TCP ${what}`, async (t) => {
    let small = false;
    await against(
      (heard) => {
        if (heard.transport === 'udp') heard.send(small ? good(heard) : heard.response({ flags: flags.tc }));
      },
      { overall: 1000, again: 200, tries: 2 },
      async ({ resolver }) => {
        for (let i = 0; i < 2; i++) t.is((await resolver.ask(question, never())).outcome.kind, 'failed');
        small = true;
        t.is(shown(await resolver.ask(question, never())), both);
      },
      tcp,
    );
  });
}

test('a server that floods a connection with unsolicited messages is cut off', async (t) => {
  let sent = 0;
  let closed: Promise<unknown> = Promise.resolve();
  const flood = (socket: Socket): void => {
    const message = framed(Buffer.alloc(65_535));
    while (!socket.destroyed && socket.write(message)) sent++;
    socket.once('drain', () => flood(socket));
  };
  const it = await asked(
    onTcp((heard, nth) => {
      if (nth > 0 || heard.socket === null) return heard.send(good(heard));
      const { socket } = heard;
      closed = new Promise((done) => socket.once('close', done));
      flood(socket);
    }),
  );
  await closed;
  t.is(it.shown, both);
  t.true((it.dropped.id ?? 0) <= 130, `${it.dropped.id} messages were read`);
  t.log(`${sent} messages were sent`);
});

test('a kept connection that the server closed is replaced without a failure', async (t) => {
  await against(
    onTcp((heard) => {
      heard.send(good(heard));
      heard.socket?.end();
    }),
    {},
    async ({ resolver }) => {
      for (let i = 0; i < 5; i++) {
        t.is(shown(await resolver.ask(question, never())), both);
        await sleep(10);
      }
    },
  );
});

test('a server that restarts is found again', async (t) => {
  const first = await openFaultServer((heard) => heard.send(good(heard)));
  const resolver = openResolver({ nameservers: [first.nameserver], timeouts: { overall: 10_000, again: 50, tries: 8 } });
  t.is(shown(await resolver.ask(question, never())), both);
  await first.close();
  const result = resolver.ask(question, never());
  await sleep(120);
  const second = await openFaultServer((heard) => heard.send(good(heard)), { port: first.port });
  t.is(shown(await result), both);
  resolver.close();
  await second.close();
});

test('IPv6 servers are asked as IPv4 ones are', async (t) => {
  const server = await openFaultServer(
    onTcp((heard) => heard.send(good(heard))),
    { host: '::1' },
  );
  const resolver = openResolver({ nameservers: [server.nameserver] });
  const result = await resolver.ask(question, never());
  t.is(shown(result), both);
  t.is(result.lookup.server, `[::1]:${server.port}`);
  resolver.close();
  await server.close();
});

test('a server that was silent is asked after the others, and is tried again later', async (t) => {
  const silent = await openFaultServer(() => {});
  const well = await openFaultServer((heard) => heard.send(good(heard)));
  const resolver = openResolver({ nameservers: [silent.nameserver, well.nameserver], timeouts: { ...patient, early: 20 } });
  for (let i = 0; i < 20; i++) t.is(shown(await resolver.ask({ name: `w${i}.${name}`, type: 'A' }, never())), both);
  // Three that found it silent, and a probe every five seconds.
  t.true(silent.heard.length < 15, `${silent.heard.length} questions went to the silent server`);
  resolver.close();
  await Promise.all([silent.close(), well.close()]);
});

test('when the first server refuses, the second one is asked at once', async (t) => {
  const refusing = await openFaultServer((heard) => heard.answer({ rcode: 5 }));
  const well = await openFaultServer((heard) => heard.send(good(heard)));
  const resolver = openResolver({ nameservers: [refusing.nameserver, well.nameserver], timeouts: { early: 5000, again: 5000 } });
  t.is(shown(await resolver.ask(question, never())), both);
  resolver.close();
  await Promise.all([refusing.close(), well.close()]);
});

test('a chain of 7,000 compression pointers is dropped, over UDP and over TCP, and the true response is accepted', async (t) => {
  for (const transport of ['udp', 'tcp'] as const) {
    const server = await openFaultServer((heard) => {
      heard.send(pointerChain(heard));
      heard.send(good(heard));
    });
    const resolver = openResolver({ nameservers: [{ ...server.nameserver, transport }], timeouts: patient });
    t.is(shown(await resolver.ask(question, never())), both);
    t.deepEqual(resolver.dropped(), { malformed: 1 });
    resolver.close();
    await server.close();
  }
});

/** A response with one address, whose owner is the last of 7,000 pointers that each lead to the one before. */
function pointerChain(heard: Heard): Buffer {
  const response = heard.response({ answers: [{ type: 'TXT', name: heard.name, ttl: 5, data: Buffer.alloc(0) }] });
  const end = 12 + heard.name.length + 2 + 4;
  response.writeUInt16BE(2, 6);
  const head = response.subarray(0, end);
  const start = end + 12;
  const chain = Array.from({ length: 7000 }, (_, i) => 0xc000 + (i === 0 ? 12 : start + 2 * (i - 1)));
  const bytes = Buffer.alloc(12 + 2 * chain.length + 16);
  bytes.writeUInt16BE(0xc00c, 0);
  bytes.writeUInt16BE(16, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt16BE(2 * chain.length, 10);
  for (const [i, pointer] of chain.entries()) bytes.writeUInt16BE(pointer, 12 + 2 * i);
  const at = 12 + 2 * chain.length;
  bytes.writeUInt16BE(chain.at(-1) ?? 0, at);
  bytes.writeUInt16BE(1, at + 2);
  bytes.writeUInt16BE(1, at + 4);
  bytes.writeUInt16BE(4, at + 10);
  bytes.set([127, 0, 6, 6], at + 12);
  return Buffer.concat([head, bytes]);
}

test('an answer of another class is no answer, never an empty one', async (t) => {
  const it = await asked((heard) => heard.answer({ answers: [{ ...a(heard.name, '127.0.6.6'), class: 'CH' }] as Answer[] }), brief);
  t.is(it.shown, 'dns.garbage');
});

test('questions that are open when the resolver is closed fail', async (t) => {
  const server = await openFaultServer(() => {});
  const resolver = openResolver({ nameservers: [server.nameserver] });
  const results = Promise.all(Array.from({ length: 300 }, (_, i) => resolver.ask({ name: `w${i}.${name}`, type: 'A' }, never())));
  await sleep(30);
  resolver.close();
  t.true((await results).every((result) => shown(result) === 'dns.closed'));
  await server.close();
});
