import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { type Cluster, type ClusterOptions, startCluster } from '../../demo/cluster.ts';
import { readScene } from '../../demo/scene.ts';
import { ask, exchange, records } from '../support/dns/ask.ts';
import { needs } from '../support/needs.ts';

const pods = (count: number) =>
  readScene(`
services:
  - name: ingress
    headless: true
    ports: [{name: https, port: 443}]
    pods: {first: 127.10.1.100, count: ${count}}
  - name: other
    headless: true
    ports: [{port: 80}]
    pods: {first: 127.10.2.1, count: 1}
`);
const name = 'ingress.default.svc.cluster.local';
const srv = `_https._tcp.${name}`;

async function withCluster(count: number, options: Partial<ClusterOptions>, work: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await startCluster({ scene: pods(count), ...options });
  try {
    await work(cluster);
  } finally {
    await cluster.close();
  }
}

test('UDP answers hold as many addresses as those of CoreDNS, and say when some are missing', (t) =>
  withCluster(600, {}, async (cluster) => {
    for (const [payload, fit] of [
      [undefined, 28],
      [512, 28],
      [100, 28],
      [1232, 73],
      [8192, 508],
    ] as const) {
      const got = await ask(cluster, name, 'A', payload === undefined ? {} : { payload });
      t.deepEqual([got.flag_tc, got.answers?.length], [true, fit], `payload ${payload}`);
      t.true(got.bytes <= Math.max(512, payload ?? 512));
      cluster.scale('default', 'ingress', fit);
      const complete = await ask(cluster, name, 'A', payload === undefined ? {} : { payload });
      t.deepEqual([complete.flag_tc, complete.answers?.length], [false, fit], `payload ${payload}`);
      cluster.scale('default', 'ingress', 600);
    }
  }));

test('Service records and their addresses fill an answer as they do with CoreDNS', (t) =>
  withCluster(600, {}, async (cluster) => {
    for (const [payload, fit] of [
      [512, 5],
      [1232, 14],
      [8192, 99],
    ] as const) {
      cluster.scale('default', 'ingress', fit);
      const complete = await ask(cluster, srv, 'SRV', { payload });
      t.deepEqual([complete.flag_tc, complete.answers?.length, records(complete.additionals).length], [false, fit, fit]);
      cluster.scale('default', 'ingress', fit + 1);
      const cut = await ask(cluster, srv, 'SRV', { payload });
      t.deepEqual([cut.flag_tc, cut.answers?.length], [true, fit + 1], 'the Additional section goes first');
      t.true(records(cut.additionals).length < fit + 1);
    }
  }));

test('A capped server truncates whatever the client offers, and TCP is never truncated', (t) =>
  withCluster(600, { payload: 1232 }, async (cluster) => {
    const udp = await ask(cluster, name, 'A', { payload: 8192 });
    t.deepEqual([udp.flag_tc, udp.answers?.length], [true, 73]);
    const tcp = await ask(cluster, name, 'A', { over: 'tcp' });
    t.deepEqual([tcp.flag_tc, new Set(records(tcp.answers)).size], [false, 600]);
    t.deepEqual(await ask(cluster, srv, 'SRV', { over: 'tcp' }).then((got) => records(got.additionals).length), 600);
  }));

test('A name is found in any letter case, and answered in the case of the question', (t) =>
  withCluster(2, {}, async (cluster) => {
    const asked = 'inGRESS.Default.sVc.CLUSTER.local';
    const got = await ask(cluster, asked, 'A');
    t.deepEqual(
      got.questions?.map((question) => question.name),
      [asked],
    );
    t.deepEqual(
      got.answers?.map((record) => record.name),
      [asked, asked],
    );
    t.deepEqual(records((await ask(cluster, `_HTTPS._tcp.${asked}`, 'SRV')).answers)[0], `SRV 0 50 443 127-10-1-100.${name}`);
  }));

test('Addresses come in changing orders, which the seed decides', async (t) => {
  const orders = async (seed: number) => {
    const seen: string[] = [];
    await withCluster(8, { seed }, async (cluster) => {
      for (let i = 0; i < 5; i++) seen.push(records((await ask(cluster, name, 'A')).answers).join());
    });
    return seen;
  };
  const first = await orders(7);
  t.is(new Set(first).size, 5);
  t.deepEqual(await orders(7), first);
  t.notDeepEqual(await orders(8), first);
});

test('Answers carry the TTL that was set, negative ones that of CoreDNS', (t) =>
  withCluster(1, { ttl: 30 }, async (cluster) => {
    const [found] = (await ask(cluster, name, 'A')).answers ?? [];
    const [soa] = (await ask(cluster, name, 'AAAA')).authorities ?? [];
    t.deepEqual([found?.type === 'A' && found.ttl, soa?.type === 'SOA' && soa.ttl], [30, 5]);
  }));

test('Scaling keeps the pods that stay, and a changed scene is answered at once', (t) =>
  withCluster(3, {}, async (cluster) => {
    t.deepEqual(cluster.scale('default', 'ingress', 5).slice(2), ['127.10.1.102', '127.10.1.103', '127.10.1.104']);
    t.deepEqual(cluster.scale('default', 'ingress', 1), ['127.10.1.100']);
    t.deepEqual(records((await ask(cluster, name, 'A')).answers), ['A 127.10.1.100']);
    cluster.scale('default', 'ingress', 0);
    t.is((await ask(cluster, name, 'A')).rcode, 'NXDOMAIN');
    t.throws(() => cluster.scale('default', 'missing', 1), { message: 'there is no service default/missing' });
    cluster.set(pods(2));
    t.is((await ask(cluster, name, 'A')).answers?.length, 2);
  }));

test('Every fault shows on the wire, and ends with none', (t) =>
  withCluster(3, {}, async (cluster) => {
    for (const over of ['udp', 'tcp'] as const) {
      cluster.fault('servfail');
      t.is((await ask(cluster, name, 'A', { over })).rcode, 'SERVFAIL');
      cluster.fault('refused');
      t.is((await ask(cluster, name, 'A', { over })).rcode, 'REFUSED');
      cluster.fault('truncate');
      const cut = await ask(cluster, name, 'A', { over });
      t.deepEqual([cut.flag_tc, cut.answers?.length], over === 'udp' ? [true, 0] : [false, 3]);
      cluster.fault('garbage');
      t.regex(JSON.stringify((await ask(cluster, name, 'A', { over })).answers), /undefined/, 'dns-packet reads past the end');
      cluster.fault('silent');
      await t.throwsAsync(ask(cluster, name, 'A', { over, patience: 50 }), { message: `no answer to ${name} A` });
      cluster.fault('none');
      t.is((await ask(cluster, name, 'A', { over })).answers?.length, 3);
    }
  }));

test('A fault may be that of one service', (t) =>
  withCluster(1, {}, async (cluster) => {
    cluster.fault('servfail', 'Ingress.default.svc.cluster.local');
    t.is((await ask(cluster, name, 'A')).rcode, 'SERVFAIL');
    t.is((await ask(cluster, srv, 'SRV')).rcode, 'SERVFAIL');
    t.is((await ask(cluster, 'other.default.svc.cluster.local', 'A')).rcode, 'NOERROR');
  }));

test('Questions are counted by transport and by name', (t) =>
  withCluster(1, {}, async (cluster) => {
    await ask(cluster, name, 'A');
    await ask(cluster, name.toUpperCase(), 'A');
    await ask(cluster, name, 'AAAA', { over: 'tcp' });
    const { udp, tcp, questions } = cluster.queries();
    t.deepEqual([udp, tcp], [2, 1]);
    t.deepEqual(
      [...questions],
      [
        [`${name} A`, 2],
        [`${name} AAAA`, 1],
      ],
    );
  }));

test('A message that is not a query is answered FORMERR or not at all, and the server goes on', (t) =>
  withCluster(1, {}, async (cluster) => {
    const head = (flags: number, questions: number) => Buffer.from([1, 2, flags, 0, 0, questions, 0, 0, 0, 0, 0, 0]);
    for (const message of [
      head(0, 1),
      head(0, 2),
      Buffer.concat([head(0, 1), Buffer.from([63, 97])]),
      Buffer.concat([head(0, 1), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
    ]) {
      t.deepEqual(await exchange(cluster, message), Buffer.from([1, 2, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
    }
    for (const message of [head(0x80, 1), Buffer.from([1, 2, 3]), Buffer.alloc(0)]) {
      t.is(await exchange(cluster, message, { patience: 50 }), null);
    }
    t.is((await ask(cluster, name, 'A')).rcode, 'NOERROR');
  }));

test('Another EDNS version is answered BADVERS, another operation NOTIMP, another class REFUSED', (t) =>
  withCluster(1, {}, async (cluster) => {
    const query = (opcode: number, version: number, kind: number) =>
      Buffer.from([1, 2, opcode << 3, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 97, 0, 0, 1, 0, kind, 0, 0, 41, 4, 208, 0, version, 0, 0, 0, 0]);
    const rcode = async (message: Buffer) => {
      const answer = (await exchange(cluster, message)) ?? Buffer.alloc(30);
      return (answer.readUInt8(answer.length - 6) << 4) | (answer.readUInt8(3) & 15);
    };
    t.is(await rcode(query(0, 1, 1)), 16);
    t.is(await rcode(query(4, 0, 1)), 4);
    t.is(await rcode(query(0, 0, 3)), 5);
  }));

test('It listens on ::1 when it is asked to', async (t) => {
  await withCluster(1, { host: '::1' }, async (cluster) => {
    t.is(cluster.nameserver, `[::1]:${cluster.port}`);
    t.deepEqual(records((await ask(cluster, name, 'A')).answers), ['A 127.10.1.100']);
    t.deepEqual(records((await ask(cluster, 'ns.dns.cluster.local', 'AAAA', { over: 'tcp' })).answers), ['AAAA ::1']);
  });
});

test('A port that is taken is an error when it was asked for', (t) =>
  withCluster(1, {}, async (cluster) => {
    await t.throwsAsync(startCluster({ scene: pods(1), port: cluster.port }), { code: 'EADDRINUSE' });
  }));

needs('dig')('dig reads what the cluster says, over UDP and, after a truncated answer, over TCP', (t) =>
  withCluster(100, { payload: 1232 }, async (cluster) => {
    const dig = async (...args: readonly string[]) =>
      (await promisify(execFile)('dig', [`@${cluster.address}`, '-p', String(cluster.port), '+tries=1', ...args])).stdout;
    t.is((await dig('+short', '+bufsize=4096', name, 'A')).trim().split('\n').length, 100);
    t.deepEqual([cluster.queries().udp, cluster.queries().tcp], [1, 1]);
    t.regex(await dig('+ignore', name, 'A'), /flags: qr aa tc rd;.*ANSWER: 73/);
    t.regex(await dig('web.default.svc.cluster.local', 'A'), /status: NXDOMAIN.*[\s\S]*SOA\tns\.dns\.cluster\.local\./);
    cluster.scale('default', 'ingress', 2);
    t.regex(await dig(srv, 'SRV'), /SRV\t0 50 443 127-10-1-101\.ingress\.default\.svc\.cluster\.local\.\n/);
  }),
);
