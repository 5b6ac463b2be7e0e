import { readFile } from 'node:fs/promises';
import test from 'ava';
import type { RecordType } from 'dns-packet';
import { type Cluster, type ClusterOptions, startCluster } from '../../demo/cluster.ts';
import { readScene } from '../../demo/scene.ts';
import { ask, records } from '../support/dns/ask.ts';

const scene = readScene(await readFile(new URL('../../fixtures/cluster/every-kind.yaml', import.meta.url), 'utf8'));
const soa = 'SOA ns.dns.cluster.local hostmaster.cluster.local 5';

async function withCluster(options: Partial<ClusterOptions>, work: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await startCluster({ scene, ...options });
  try {
    await work(cluster);
  } finally {
    await cluster.close();
  }
}

type Row = readonly [name: string, type: RecordType, rcode: string, answers: readonly string[], additional?: readonly string[]];

const positive: readonly Row[] = [
  ['ingress.default.svc', 'A', 'NOERROR', ['A 127.20.0.10']],
  ['idle.default.svc', 'A', 'NOERROR', ['A 127.20.0.11']],
  [
    'ingress.default.svc',
    'SRV',
    'NOERROR',
    ['SRV 0 50 443 ingress.default.svc.cluster.local', 'SRV 0 50 80 ingress.default.svc.cluster.local'],
    ['A 127.20.0.10'],
  ],
  ['_https._tcp.ingress.default.svc', 'SRV', 'NOERROR', ['SRV 0 100 443 ingress.default.svc.cluster.local'], ['A 127.20.0.10']],
  ['127-10-1-2.ingress.default.svc', 'A', 'NOERROR', ['A 127.10.1.2']],
  ['web.shop.svc', 'A', 'NOERROR', ['A 127.10.3.1', 'A 127.10.3.2']],
  [
    '_http._tcp.web.shop.svc',
    'SRV',
    'NOERROR',
    ['SRV 0 50 8080 127-10-3-1.web.shop.svc.cluster.local', 'SRV 0 50 8080 127-10-3-2.web.shop.svc.cluster.local'],
    ['A 127.10.3.1', 'A 127.10.3.2'],
  ],
  ['_http._tcp.web.shop.svc', 'A', 'NOERROR', ['A 127.10.3.1', 'A 127.10.3.2']],
  ['127-10-3-2.web.shop.svc', 'A', 'NOERROR', ['A 127.10.3.2']],
  ['database.shop.svc', 'A', 'NOERROR', ['A 127.10.4.1', 'A 127.10.4.2']],
  ['database-1.database.shop.svc', 'A', 'NOERROR', ['A 127.10.4.2']],
  [
    '_postgresql._tcp.database.shop.svc',
    'SRV',
    'NOERROR',
    ['SRV 0 50 5432 database-0.database.shop.svc.cluster.local', 'SRV 0 50 5432 database-1.database.shop.svc.cluster.local'],
    ['A 127.10.4.1', 'A 127.10.4.2'],
  ],
  ['plain.shop.svc', 'SRV', 'NOERROR', ['SRV 0 100 7000 127-10-5-1.plain.shop.svc.cluster.local'], ['A 127.10.5.1']],
  ['_domain._udp.dns.shop.svc', 'SRV', 'NOERROR', ['SRV 0 100 53 127-10-6-1.dns.shop.svc.cluster.local'], ['A 127.10.6.1']],
  ['_domain._tcp.dns.shop.svc', 'SRV', 'NOERROR', ['SRV 0 100 5353 127-10-6-1.dns.shop.svc.cluster.local'], ['A 127.10.6.1']],
  ['dual.shop.svc', 'A', 'NOERROR', ['A 127.10.8.1']],
  ['dual.shop.svc', 'AAAA', 'NOERROR', ['AAAA ::1']],
  [
    '_http._tcp.dual.shop.svc',
    'SRV',
    'NOERROR',
    ['SRV 0 50 80 --1.dual.shop.svc.cluster.local', 'SRV 0 50 80 127-10-8-1.dual.shop.svc.cluster.local'],
    ['A 127.10.8.1', 'AAAA ::1'],
  ],
  ['six.shop.svc', 'AAAA', 'NOERROR', ['AAAA ::1']],
  ['portless.shop.svc', 'A', 'NOERROR', ['A 127.10.9.1']],
  ['outside.shop.svc', 'A', 'NOERROR', ['CNAME www.example.org']],
  ['outside.shop.svc', 'AAAA', 'NOERROR', ['CNAME www.example.org']],
  ['alias.shop.svc', 'A', 'NOERROR', ['A 127.10.3.1', 'A 127.10.3.2', 'CNAME web.shop.svc.cluster.local']],
  ['dns-version', 'TXT', 'NOERROR', ['TXT 1.1.0']],
  ['ns.dns', 'A', 'NOERROR', ['A 127.0.0.1']],
  ['', 'SOA', 'NOERROR', [soa]],
  ['', 'NS', 'NOERROR', ['NS ns.dns.cluster.local']],
];

const negative: readonly Row[] = [
  ['ingress.default.svc', 'AAAA', 'NOERROR', []],
  ['web.shop.svc', 'AAAA', 'NOERROR', []],
  ['web.shop.svc', 'TXT', 'NOERROR', []],
  ['six.shop.svc', 'A', 'NOERROR', []],
  ['portless.shop.svc', 'SRV', 'NOERROR', []],
  ['outside.shop.svc', 'SRV', 'NOERROR', []],
  ['shop.svc', 'A', 'NOERROR', []],
  ['empty.svc', 'A', 'NOERROR', []],
  ['svc', 'A', 'NOERROR', []],
  ['', 'A', 'NOERROR', []],
  ['alias.shop.svc', 'AAAA', 'NOERROR', []],
  ['loop.shop.svc', 'A', 'NOERROR', []],
  ['dns-version', 'A', 'NXDOMAIN', []],
  ['missing.svc', 'A', 'NXDOMAIN', []],
  ['gone.shop.svc', 'A', 'NXDOMAIN', []],
  ['gone.shop.svc', 'AAAA', 'NXDOMAIN', []],
  ['_http._tcp.gone.shop.svc', 'SRV', 'NXDOMAIN', []],
  ['missing.shop.svc', 'A', 'NXDOMAIN', []],
  ['web.default.svc', 'A', 'NXDOMAIN', []],
  ['web.missing.svc', 'A', 'NXDOMAIN', []],
  ['_https._tcp.web.shop.svc', 'SRV', 'NXDOMAIN', []],
  ['_http._udp.web.shop.svc', 'SRV', 'NXDOMAIN', []],
  ['_7000._tcp.plain.shop.svc', 'SRV', 'NXDOMAIN', []],
  ['database-2.database.shop.svc', 'A', 'NXDOMAIN', []],
  ['127-10-2-1.idle.default.svc', 'A', 'NXDOMAIN', []],
  ['a._http._tcp.web.shop.svc', 'SRV', 'NXDOMAIN', []],
  ['web.shop', 'A', 'NXDOMAIN', []],
  ['web.shop.pod', 'A', 'NXDOMAIN', []],
];

const aliasPorts: readonly Row[] = [['_http._tcp.outside.shop.svc', 'A', 'NOERROR', ['CNAME www.example.org']]];

const wildcards: readonly Row[] = [
  ['*.ingress.default.svc', 'A', 'NOERROR', ['A 127.10.1.1', 'A 127.10.1.2', 'A 127.10.1.3']],
  ['any.ingress.default.svc', 'A', 'NOERROR', ['A 127.10.1.1', 'A 127.10.1.2', 'A 127.10.1.3']],
  ['*.web.shop.svc', 'A', 'NOERROR', ['A 127.10.3.1', 'A 127.10.3.2']],
  ['*.default.svc', 'A', 'NOERROR', ['A 127.20.0.10', 'A 127.20.0.11']],
  ['web.*.svc', 'A', 'NOERROR', ['A 127.10.3.1', 'A 127.10.3.2']],
  [
    '_any._tcp.ingress.default.svc',
    'SRV',
    'NOERROR',
    ['SRV 0 50 443 ingress.default.svc.cluster.local', 'SRV 0 50 80 ingress.default.svc.cluster.local'],
    ['A 127.20.0.10'],
  ],
  [
    '_domain.*.dns.shop.svc',
    'SRV',
    'NOERROR',
    ['SRV 0 50 53 127-10-6-1.dns.shop.svc.cluster.local', 'SRV 0 50 5353 127-10-6-1.dns.shop.svc.cluster.local'],
    ['A 127.10.6.1'],
  ],
];

const wildcardsOfNothing: readonly Row[] = [
  ['*.idle.default.svc', 'A', 'NXDOMAIN', []],
  ['*.gone.shop.svc', 'A', 'NXDOMAIN', []],
  ['*.missing.shop.svc', 'A', 'NXDOMAIN', []],
];

for (const [title, wildcard, rows] of [
  ['A name that exists is answered as CoreDNS does', false, positive],
  ['A name without records is NODATA, an unknown one NXDOMAIN, both with the SOA', false, negative],
  ['Wildcards on change nothing about plain names', true, [...positive, ...negative]],
  ['Wildcards on answer for every label that * or any matches', true, [...wildcards, ...aliasPorts]],
  ['Wildcards on find no pod that is not ready', true, wildcardsOfNothing],
  [
    'Wildcards off are labels that nothing is called',
    false,
    [...wildcards, ...aliasPorts].map(([name, type]): Row => [name, type, 'NXDOMAIN', []]),
  ],
] as const) {
  test(title, (t) =>
    withCluster({ wildcard }, async (cluster) => {
      for (const [name, type, rcode, answers, additional = []] of rows) {
        const asked = name === '' ? 'cluster.local' : `${name}.cluster.local`;
        const got = await ask(cluster, asked, type);
        t.is(got.rcode, rcode, `${asked} ${type}`);
        t.deepEqual(records(got.answers).toSorted(), answers, `${asked} ${type}`);
        t.deepEqual(records(got.additionals).toSorted(), additional, `${asked} ${type}`);
        t.deepEqual(records(got.authorities), answers.length === 0 ? [soa] : [], `${asked} ${type}`);
        t.true(got.flag_aa, `${asked} ${type}`);
      }
    }),
  );
}

test('Names outside the zone are refused', (t) =>
  withCluster({}, async (cluster) => {
    for (const name of ['example.org', 'local', 'xcluster.local', 'cluster.local.example.org']) {
      t.is((await ask(cluster, name, 'A')).rcode, 'REFUSED', name);
    }
  }));

test('The zone may have another name', (t) =>
  withCluster({ zone: 'Kube.Example.org' }, async (cluster) => {
    t.deepEqual(records((await ask(cluster, 'idle.default.svc.kube.example.org', 'A')).answers), ['A 127.20.0.11']);
    t.is((await ask(cluster, 'idle.default.svc.cluster.local', 'A')).rcode, 'REFUSED');
  }));
