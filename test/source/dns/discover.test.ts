import test from 'ava';
import { parseConfig } from '../../../src/config/parse.ts';
import type { Found, LookupResult, Outcome } from '../../../src/dns/message/outcome.ts';
import { parseAddress } from '../../../src/ip/address.ts';
import { problem } from '../../../src/problem/problem.ts';
import { classifierFor } from '../../../src/source/classify-address.ts';
import { discover } from '../../../src/source/dns/discover.ts';
import { questionKey } from '../../../src/source/dns/lookups.ts';
import type { Observation } from '../../../src/source/observation.ts';
import { address } from '../../support/config-sample.ts';

const web = 'web.default.svc.cluster.local';
const probe = 'web.*.svc.cluster.local';
const nothing = { kind: 'found', ttl: 5, aliases: [], addresses: [], services: [], texts: [] } as const;
const nxdomain: Outcome = { kind: 'empty', reason: 'NXDOMAIN', ttl: 5, aliases: [] };
const nodata: Outcome = { kind: 'empty', reason: 'NODATA', ttl: 5, aliases: [] };
const version: Outcome = { ...nothing, texts: ['1.1.0'] };
const servfail: Outcome = { kind: 'failed', problem: problem('dns.servfail', { servers: '10.0.0.254:53', name: 'x' }) };
const timeout: Outcome = { kind: 'failed', problem: problem('dns.timeout', { servers: '10.0.0.254:53', name: 'x', ms: 1, dig: 'dig' }) };

function addresses(...texts: string[]): Found {
  return { ...nothing, addresses: texts.flatMap((text) => parseAddress(text) ?? []) };
}

function services(...all: [target: string, port: number, ...addresses: string[]][]): Found {
  return { ...nothing, services: all.map(([target, port, ...texts]) => ({ target, port, addresses: addresses(...texts).addresses })) };
}

interface Case {
  readonly cluster?: string;
  readonly listen?: string;
  readonly dns: Readonly<Record<string, Outcome>>;
}

/** Runs the detection against a table of answers by `TYPE name`; whatever is not in it does not exist. */
function observed({ cluster = '', listen = 'podPort: 443', dns }: Case): Observation & { readonly questions: readonly string[] } {
  const config = parseConfig(`cluster: {${cluster}}\nlisten: {web: {binds: ['127.0.0.1:443'], ${listen}}}\n`, 'podfront.yaml');
  const [one] = config.listens;
  if (one === undefined) throw new Error('no listen');
  const replies = new Map<string, LookupResult>();
  for (let rounds = 0; rounds < 10; rounds++) {
    const step = discover(config, one, replies, classifierFor(config, [address('198.51.100.9')]));
    if (step.kind === 'observed') return { ...step.observation, questions: [...replies.keys()] };
    for (const question of step.questions) {
      const lookup = {
        ...question,
        server: '10.0.0.254:53',
        transport: 'udp',
        rcode: null,
        answers: 0,
        ttl: 5,
        bytes: 0,
        ms: 0,
        truncated: false,
      } as const;
      replies.set(questionKey(question), { lookup, outcome: dns[questionKey(question)] ?? nxdomain });
    }
  }
  throw new Error('the detection does not come to an end');
}

const shown = ({ endpoints }: Observation) => endpoints.map(({ address, port }) => `${address.text} ${port}`);
const codes = ({ warnings }: Observation) => warnings.map(({ code }) => code);

test('addresses in a pod network make a service headless', (t) => {
  const it = observed({ dns: { [`A ${web}`]: addresses('10.1.3.10', '10.1.3.7', '10.1.3.7') } });
  t.like(it, { records: 'headless', kind: 'pods', state: 'found', resolution: { kind: 'name', name: web }, family: 4, problem: null });
  t.deepEqual(shown(it), ['10.1.3.7 443', '10.1.3.10 443']);
  t.deepEqual(it.questions, [`A ${web}`]);
  t.deepEqual(codes(it), []);
});

test('a ClusterIP whose wildcard answers shows its pods', (t) => {
  const it = observed({ dns: { [`A ${web}`]: addresses('10.0.0.7'), [`A *.${web}`]: addresses('10.1.3.7') } });
  t.like(it, { records: 'wildcard', kind: 'pods', state: 'found', resolution: { kind: 'name', name: `*.${web}` } });
  t.deepEqual(shown(it), ['10.1.3.7 443']);
  t.deepEqual(
    it.serviceAddresses.map(({ text }) => text),
    ['10.0.0.7'],
  );
});

test('a ClusterIP without ready pods is empty where wildcards work', (t) => {
  const dns = { [`A ${web}`]: addresses('10.0.0.7'), [`A ${probe}`]: addresses('10.0.0.7') };
  for (const listen of ['podPort: 443', 'podPort: 443, records: wildcard']) {
    const it = observed({ listen, dns });
    t.like(it, { records: 'wildcard', kind: 'pods', state: 'empty', resolution: { kind: 'name', name: `*.${web}` } });
    t.deepEqual(codes(it), ['dns.none-ready']);
  }
});

test('a ClusterIP whose pods cannot be seen fails with the three ways out', (t) => {
  for (const listen of ['podPort: 443', 'podPort: 443, records: wildcard', 'podPort: https']) {
    const it = observed({
      listen,
      dns: { [`A ${web}`]: addresses('10.0.0.7'), [`SRV _https._tcp.${web}`]: services([web, 443, '10.0.0.7']) },
    });
    t.like(it, { state: 'failed', kind: 'unknown', resolution: null });
    t.is(it.problem?.code, 'dns.pods-unseen');
    t.regex(it.problem?.hint ?? '', /headless.*servicePort.*fallbackServicePort/);
  }
});

test('a ClusterIP whose pods cannot be seen is served through fallbackServicePort, with a warning', (t) => {
  for (const port of ['443', 'https']) {
    const listen = `podPort: ${port}, fallbackServicePort: 8443`;
    const it = observed({
      listen,
      dns: { [`A ${web}`]: addresses('10.0.0.7'), [`SRV _https._tcp.${web}`]: services([web, 443, '10.0.0.7']) },
    });
    t.like(it, { state: 'found', kind: 'service', records: 'service', resolution: null, endpoints: [] });
    t.deepEqual(
      it.serviceAddresses.map(({ text }) => text),
      ['10.0.0.7'],
    );
    t.deepEqual(codes(it), ['dns.pods-unseen-fallback']);
  }
});

test('a ClusterIP whose pods fail with SERVFAIL points to EndpointSlices; silence is reported as silence', (t) => {
  const told = observed({ dns: { [`A ${web}`]: addresses('10.0.0.7'), [`A *.${web}`]: servfail } });
  t.is(told.problem?.code, 'dns.pods-unreadable');
  t.regex(told.problem?.hint ?? '', /EndpointSlices/);
  t.is(observed({ dns: { [`A ${web}`]: addresses('10.0.0.7'), [`A *.${web}`]: timeout } }).problem?.code, 'dns.timeout');
});

test('addresses outside all networks are not used: some are left out, all of them are a failure, and outside: true takes them', (t) => {
  const some = { [`A ${web}`]: addresses('192.0.2.1', '10.1.0.7') };
  const mixed = observed({ dns: some });
  t.deepEqual([mixed.state, shown(mixed), codes(mixed)], ['found', ['10.1.0.7 443'], ['dns.outside-networks']]);
  t.deepEqual(
    mixed.leftOut.map(({ text }) => text),
    ['192.0.2.1'],
  );
  for (const [listen, dns] of [
    ['podPort: 443', { [`A ${web}`]: addresses('192.0.2.1') }],
    ['servicePort: 443', { [`A ${web}`]: addresses('192.0.2.1') }],
    ['podPort: 443, records: wildcard', { [`A *.${web}`]: addresses('192.0.2.1') }],
    ['podPort: https', { [`SRV _https._tcp.${web}`]: services(['a.example.org', 443, '192.0.2.1']) }],
  ] as const) {
    t.is(observed({ listen, dns }).problem?.code, 'dns.only-outside', listen);
    t.deepEqual(shown(observed({ listen: `${listen}, outside: true`, dns })), ['192.0.2.1 443'], listen);
  }
});

test('an address of this host makes the answer fail, also with outside: true', (t) => {
  for (const listen of ['podPort: 443', 'podPort: 443, outside: true'])
    t.is(observed({ listen, dns: { [`A ${web}`]: addresses('198.51.100.9', '10.1.0.7') } }).problem?.code, 'dns.forbidden-address');
});

test('pods on the host networks of listed nodes are pods', (t) => {
  const it = observed({ cluster: 'nodes: {one: 192.0.2.11}', dns: { [`A ${web}`]: addresses('192.0.2.11') } });
  t.like(it, { records: 'headless', state: 'found' });
  t.deepEqual([shown(it), codes(it)], [['192.0.2.11 443'], []]);
});

test('records: headless on a ClusterIP is done as told, with a warning', (t) => {
  const it = observed({ listen: 'podPort: 443, records: headless', dns: { [`A ${web}`]: addresses('10.0.0.7') } });
  t.like(it, { records: 'headless', state: 'found', resolution: { kind: 'name', name: web } });
  t.deepEqual(codes(it), ['dns.looks-like-service']);
});

test('records: wildcard against a DNS without wildcards fails for a headless service', (t) => {
  const it = observed({ listen: 'podPort: 443, records: wildcard', dns: { [`A ${web}`]: addresses('10.1.0.7') } });
  t.is(it.problem?.code, 'dns.no-wildcards');
});

const absences: readonly [string, Readonly<Record<string, Outcome>>, 'empty' | 'failed', string][] = [
  ['its namespace exists', { 'A default.svc.cluster.local': nodata }, 'empty', 'dns.no-pods'],
  ['its namespace is missing', { 'TXT dns-version.cluster.local': version }, 'empty', 'dns.no-such-namespace'],
  ['it is no cluster DNS', {}, 'failed', 'dns.not-cluster-dns'],
  ['the helper question fails', { 'A default.svc.cluster.local': servfail }, 'failed', 'dns.servfail'],
  ['the version cannot be asked', { 'TXT dns-version.cluster.local': timeout }, 'failed', 'dns.timeout'],
];
for (const [what, dns, state, code] of absences) {
  for (const listen of ['podPort: 443', 'podPort: 443, records: wildcard', 'podPort: https', 'servicePort: 443']) {
    test(`NXDOMAIN and ${what}: ${state}, ${code} (${listen})`, (t) => {
      const it = observed({ listen, dns });
      t.is(it.state, state);
      t.deepEqual(state === 'failed' ? [it.problem?.code] : codes(it), [code]);
      if (state === 'failed') t.is(it.resolution, null);
    });
  }
}

test('NODATA in both families is a service of which no pod is ready', (t) => {
  const it = observed({ dns: { [`A ${web}`]: nodata, [`AAAA ${web}`]: nodata } });
  t.like(it, { state: 'empty', records: 'headless', resolution: { kind: 'name', name: web }, family: 4 });
  t.deepEqual(codes(it), ['dns.none-ready']);
});

test('AAAA is asked when A says NODATA, and its pods are taken', (t) => {
  const cluster = "podNetworks: ['10.1.0.0/16', 'fd00:1::/64'], serviceNetworks: ['10.0.0.0/24']";
  const it = observed({ cluster, dns: { [`A ${web}`]: nodata, [`AAAA ${web}`]: addresses('fd00:1::7') } });
  t.like(it, { state: 'found', records: 'headless', family: 6 });
  t.deepEqual(shown(it), ['fd00:1::7 443']);
});

test('of two families the endpoints are IPv4, and the service keeps both', (t) => {
  const cluster = "podNetworks: ['10.1.0.0/16', 'fd00:1::/64']";
  const it = observed({ cluster, dns: { [`A ${web}`]: addresses('10.1.0.9'), [`AAAA ${web}`]: addresses('fd00:1::7') } });
  t.deepEqual(shown(it), ['10.1.0.9 443']);
  t.is(it.family, 4);
  t.deepEqual(
    it.serviceAddresses.map(({ text }) => text),
    ['10.1.0.9', 'fd00:1::7'],
  );
});

test('when A fails, AAAA alone does not move the pods to the other family', (t) => {
  const cluster = "podNetworks: ['10.1.0.0/16', 'fd00:1::/64']";
  t.is(observed({ cluster, dns: { [`A ${web}`]: servfail, [`AAAA ${web}`]: addresses('fd00:1::7') } }).state, 'failed');
});

test('with IPv6 pod networks only, an empty listen prefers IPv6', (t) => {
  const cluster = "podNetworks: ['fd00:1::/64'], serviceNetworks: ['fd00:2::/112']";
  t.is(observed({ cluster: `${cluster}, nameservers: ['10.0.0.254']`, dns: { 'A default.svc.cluster.local': nodata } }).family, 6);
});

test('a named port is resolved by SRV, and two ports on one address stay two', (t) => {
  const dns = { [`SRV _https._tcp.${web}`]: services([`a.${web}`, 8443, '10.1.0.7'], [`a.${web}`, 8444, '10.1.0.7']) };
  const it = observed({ listen: 'podPort: https', dns });
  t.like(it, { records: 'srv', kind: 'pods', state: 'found', resolution: { kind: 'name', name: `_https._tcp.${web}` } });
  t.deepEqual(shown(it), ['10.1.0.7 8443', '10.1.0.7 8444']);
  t.deepEqual(it.questions, [`SRV _https._tcp.${web}`]);
});

test('SRV targets without an address are asked for, in both families; a target that is gone is left out', (t) => {
  const dns = {
    [`SRV _https._tcp.${web}`]: services([`a.${web}`, 8443], [`b.${web}`, 8443], [`c.${web}`, 8443]),
    [`A a.${web}`]: nodata,
    [`AAAA a.${web}`]: addresses('fd00:1::7'),
    [`A c.${web}`]: nxdomain,
    [`A b.${web}`]: nodata,
    [`AAAA b.${web}`]: addresses('fd00:1::8'),
  };
  const it = observed({ listen: 'podPort: https', cluster: "podNetworks: ['10.1.0.0/16', 'fd00:1::/64']", dns });
  t.deepEqual(shown(it), ['fd00:1::7 8443', 'fd00:1::8 8443']);
});

test('when the address of one SRV target fails, the whole answer does', (t) => {
  const dns = { [`SRV _https._tcp.${web}`]: services([`a.${web}`, 1, '10.1.0.7'], [`b.${web}`, 1]), [`A b.${web}`]: servfail };
  t.is(observed({ listen: 'podPort: https', dns }).problem?.code, 'dns.servfail');
});

test('a port name that the service does not have is reported', (t) => {
  const it = observed({ listen: 'podPort: https', dns: { [`A ${web}`]: addresses('10.1.0.7') } });
  t.is(it.state, 'empty');
  t.deepEqual(codes(it), ['dns.no-such-port']);
});

test('an ExternalName outside the cluster needs outside: true, and its alias is in a warning; one that leads nowhere fails', (t) => {
  const aliases = ['www.example.org'];
  const dns = { [`A ${web}`]: { ...addresses('192.0.2.1'), aliases } };
  for (const listen of ['podPort: 443', 'servicePort: 80']) {
    t.is(observed({ listen, dns }).problem?.code, 'dns.only-outside');
    const there = observed({ listen: `${listen}, outside: true`, dns });
    t.deepEqual(codes(there), ['dns.external-name']);
    t.regex(there.warnings[0]?.message ?? '', /www\.example\.org/);
  }
  const dead = { ...nodata, aliases };
  t.is(observed({ dns: { [`A ${web}`]: dead, [`AAAA ${web}`]: dead } }).problem?.code, 'dns.external-name-dead');
});

test('an ExternalName into the cluster is not outside of it', (t) => {
  const aliases = ['other.default.svc.cluster.local'];
  const it = observed({ dns: { [`A ${web}`]: { ...addresses('10.1.0.7'), aliases } } });
  t.deepEqual([it.state, codes(it)], ['found', ['dns.alias-in-cluster']]);
});

const vip = 'web-vip.default.svc.cluster.local';

test('pods of a headless Service fall back to another Service, which has a ClusterIP', (t) => {
  const listen = 'podPort: 443, fallbackServicePort: 8443, fallbackServiceName: web-vip';
  const it = observed({ listen, dns: { [`A ${web}`]: addresses('10.1.3.7'), [`A ${vip}`]: addresses('10.0.0.9') } });
  t.like(it, { records: 'headless', kind: 'pods', fallback: vip });
  t.deepEqual(shown(it), ['10.1.3.7 443']);
  t.deepEqual(
    it.serviceAddresses.map(({ text }) => text),
    ['10.0.0.9'],
  );
  t.deepEqual(codes(it), []);
  const missing = observed({ listen, dns: { [`A ${web}`]: addresses('10.1.3.7') } });
  t.deepEqual([missing.fallback, codes(missing)], [vip, ['dns.fallback-missing']]);
});

test('a headless Service is no fallback for itself, whether it has pods or not: its name never leads to a ClusterIP', (t) => {
  for (const podPort of ['443', 'https']) {
    const listen = `podPort: ${podPort}, fallbackServicePort: 443`;
    const dns = { [`A ${web}`]: addresses('10.1.3.7'), [`SRV _https._tcp.${web}`]: services(['a', 8443, '10.1.3.7']) };
    const it = observed({ listen, dns });
    t.deepEqual([it.kind, it.fallback, it.serviceAddresses, codes(it)], ['pods', null, [], ['dns.fallback-headless']]);
    t.regex(it.warnings[0]?.hint ?? '', /fallbackServiceName/);
    const empty = observed({ listen, dns: { 'A default.svc.cluster.local': nodata } });
    t.deepEqual([empty.state, empty.fallback], ['empty', null]);
  }
});

test('servicePort on a headless Service is refused, and says what works', (t) => {
  const it = observed({ listen: 'servicePort: 8080', dns: { [`A ${web}`]: addresses('10.1.3.7', '10.1.3.8') } });
  t.is(it.problem?.code, 'dns.no-cluster-ip');
  t.regex(it.problem?.hint ?? '', /podPort/);
});

test('an ExternalName to a service of the cluster that has no pods is empty, and not in need of a forwarder', (t) => {
  const dead = { ...nodata, aliases: ['other.default.svc.cluster.local'] };
  const it = observed({ dns: { [`A ${web}`]: dead, [`AAAA ${web}`]: dead } });
  t.deepEqual([it.state, codes(it)], ['empty', ['dns.alias-in-cluster']]);
});

test('a named port that exists for UDP only is reported as such', (t) => {
  const dns = { [`A ${web}`]: addresses('10.1.3.7'), [`SRV _dns._udp.${web}`]: services(['a', 53, '10.1.3.7']) };
  const it = observed({ listen: 'podPort: dns', dns });
  t.deepEqual([it.state, codes(it)], ['empty', ['dns.udp-port']]);
});

test('servicePort is the ClusterIP, whatever pods there are', (t) => {
  const it = observed({ listen: 'servicePort: 8080', dns: { [`A ${web}`]: addresses('10.0.0.7') } });
  t.like(it, { records: 'service', kind: 'service', state: 'found', resolution: null });
  t.deepEqual(shown(it), ['10.0.0.7 8080']);
});

test('lbServicePort asks no DNS and takes the nodes', (t) => {
  const it = observed({ cluster: 'nodes: {b: 192.0.2.12, a: 192.0.2.11}', listen: 'lbServicePort: 30080', dns: {} });
  t.like(it, { records: 'nodes', kind: 'nodes', state: 'found', resolution: null, evidence: { kind: 'none' } });
  t.deepEqual(shown(it), ['192.0.2.11 30080', '192.0.2.12 30080']);
});

test('SRV records of both families each take a slot, with a warning; a numbered port asks for addresses of one family', (t) => {
  const cluster = 'serviceNetworks: [10.0.0.0/24, fd00:1::/112], podNetworks: [10.1.0.0/16, fd00:2::/64]';
  const both = services(['a', 8443, '10.1.3.7', 'fd00:2::7'], ['b', 8443, '10.1.3.8', 'fd00:2::8']);
  const it = observed({ cluster, listen: 'podPort: https', dns: { [`SRV _https._tcp.${web}`]: both } });
  t.deepEqual(shown(it), ['10.1.3.7 8443', '10.1.3.8 8443']);
  t.deepEqual([it.otherFamily, codes(it)], [2, ['dns.both-families']]);
  const plain = { [`A ${web}`]: addresses('10.1.3.7'), [`AAAA ${web}`]: addresses('fd00:2::7') };
  t.deepEqual([observed({ cluster, dns: plain }).otherFamily, codes(observed({ cluster, dns: plain }))], [0, []]);
});
