import test from 'ava';
import { folderOf } from '../../support/folder.ts';
import { checked, lines } from '../../support/networks/host.ts';
import { podfront } from '../../support/podfront.ts';

/** A configuration's cluster section, and what it must find by itself. */
const rows: readonly {
  readonly what: string;
  readonly cluster: string;
  readonly listen?: string;
  readonly loadBalancer?: string;
  readonly finds: readonly string[];
  readonly says?: RegExp;
}[] = [
  {
    what: 'The usual addresses of a NixOS cluster are fine',
    cluster: '{dashboardClusterIP: 10.0.0.250, nameservers: [10.0.0.254]}',
    finds: [],
  },
  {
    what: 'A cluster DNS outside, such as the master, is fine',
    cluster: '{nameservers: [192.0.2.10], serviceNetworks: [10.0.0.0/25]}',
    finds: [],
  },
  {
    what: 'A dashboard outside the service network is an error, with an address that would do',
    cluster: '{serviceNetworks: [10.5.0.0/24], dashboardClusterIP: 10.0.0.250}',
    finds: ['error address 10.0.0.250/32 outside 10.5.0.0/24'],
    says: /dashboardClusterIP to an address inside, such as 10\.5\.0\.250$/,
  },
  {
    what: 'A dashboard on the network address is an error',
    cluster: '{dashboardClusterIP: 10.0.0.0}',
    finds: ['error address 10.0.0.0/32 inside 10.0.0.0/24'],
    says: /the network address/,
  },
  {
    what: "A dashboard on the API's address is an error",
    cluster: '{dashboardClusterIP: 10.0.0.1}',
    finds: ['error address 10.0.0.1/32 inside 10.0.0.0/24'],
    says: /the API's address/,
  },
  {
    what: 'A dashboard on the address of cluster DNS is an error',
    cluster: '{dashboardClusterIP: 10.0.0.254}',
    finds: ['error address 10.0.0.254/32 inside 10.0.0.0/24'],
    says: /cluster DNS's address/,
  },
  {
    what: 'Without a named cluster DNS, the address that NixOS gives it is looked at',
    cluster: '{serviceNetworks: [10.0.0.0/25]}',
    finds: ['warning address 10.0.0.254/32 outside 10.0.0.0/25'],
  },
  {
    what: "Cluster DNS on the network's and on the API's address is an error",
    cluster: '{nameservers: [10.0.0.0, 10.0.0.1]}',
    finds: ['error address 10.0.0.0/32 inside 10.0.0.0/24', 'error address 10.0.0.1/32 inside 10.0.0.0/24'],
  },
  {
    what: "In the middle of a /24 the API has the address after the network's",
    cluster: '{serviceNetworks: [10.0.0.128/25], dashboardClusterIP: 10.0.0.129}',
    finds: ['error address 10.0.0.129/32 inside 10.0.0.128/25'],
  },
  {
    what: 'A bind address inside a cluster network is an error, in either family',
    cluster: '{serviceNetworks: [10.0.0.0/24, "fd00:10::/112"]}',
    listen: 'web: {podPort: 80, binds: ["10.1.0.7:80", "[fd00:10::7]:80", "192.0.2.7:80"]}',
    finds: ['error bind fd00:10::7/128 inside fd00:10::/112', 'error bind 10.1.0.7/32 inside 10.1.0.0/16'],
  },
  {
    what: 'Addresses for Services inside a cluster network are an error, as networks of their own',
    cluster: '{serviceNetworks: [10.0.0.0/24, "fd00:10::/112"], api: {kubeconfig: kubeconfig}}',
    loadBalancer: '{addresses: ["192.0.2.8/29", "10.0.0.254-10.0.1.1", "10.1.0.9", "fd00::/16"]}',
    finds: [
      'error bind 10.0.0.254/31 inside 10.0.0.0/24',
      'error bind fd00::/16 contains fd00:10::/112',
      'error bind 10.1.0.9/32 inside 10.1.0.0/16',
    ],
    says: /10\.0\.0\.254\/31 of loadBalancer\.addresses lies inside the service network 10\.0\.0\.0\/24: Services need addresses that are not the cluster's/,
  },
  {
    what: 'A pod network with fewer /24 than nodes is an error',
    cluster: '{podNetworks: [10.1.0.0/23], nodes: {a: 192.0.2.1, b: 192.0.2.2, c: 192.0.2.3}}',
    finds: ['error config 10.1.0.0/23 same 10.1.0.0/23'],
    says: /room for 2 nodes .* make it a \/22 or larger/,
  },
  {
    what: 'A pod network with as many /24 as nodes is fine',
    cluster: '{podNetworks: [10.1.0.0/23], nodes: {a: 192.0.2.1, b: 192.0.2.2}}',
    finds: [],
  },
  {
    what: 'A declared network is compared, and so is a node',
    cluster: '{existingNetworks: {office: 10.0.0.0/16, home: 192.168.0.0/16}, nodes: {a: 10.1.0.9}}',
    finds: ['error config 10.0.0.0/16 contains 10.0.0.0/24', 'error config 10.1.0.9/32 inside 10.1.0.0/16'],
  },
  {
    what: 'A service network without room for the API and cluster DNS is a warning',
    cluster: '{serviceNetworks: [10.0.0.252/31], nameservers: [192.0.2.10]}',
    finds: ['warning address 10.0.0.252/31 same 10.0.0.252/31'],
  },
];

for (const { what, cluster, listen, loadBalancer, finds, says } of rows) {
  test(what, async (t) => {
    const services = loadBalancer === undefined ? '' : `loadBalancer: ${loadBalancer}\n`;
    const config = `cluster: ${cluster}\n${listen === undefined ? '' : `listen: {${listen}}\n`}${services}`;
    const { report, status, stderr } = await checked(t, { config });
    t.deepEqual(lines(report), finds, stderr);
    t.is(status, finds.some((line) => line.startsWith('error')) ? 1 : 0);
    if (says !== undefined) t.regex(report.findings[0]?.message ?? '', says);
  });
}

test('The networks of the configuration are compared, and those of flags come before them', async (t) => {
  const config = 'cluster: {serviceNetworks: [10.43.0.0/16], podNetworks: [10.42.0.0/16]}\n';
  const home = ['--network', 'home=10.42.0.0/23'];
  t.deepEqual(lines((await checked(t, { config }, ...home)).report), ['error flag 10.42.0.0/23 inside 10.42.0.0/16']);
  const { report } = await checked(t, { config }, ...home, '--pod-network', '10.99.0.0/16');
  t.deepEqual(lines(report), []);
  t.deepEqual(
    report.cluster.map(({ cidr }) => cidr),
    ['10.43.0.0/16', '10.99.0.0/16'],
  );
});

test('Host bits of a declared network are cleared with a warning there too', async (t) => {
  const { report, stderr } = await checked(t, { config: 'cluster: {existingNetworks: {office: 10.0.0.77/24}}\n' });
  t.deepEqual(lines(report), ['error config 10.0.0.0/24 same 10.0.0.0/24']);
  t.regex(stderr, /podfront\.yaml: cluster\.existingNetworks\.office: office has host bits set: taken as 10\.0\.0\.0\/24/);
});

test('A suggestion swallows neither a node, nor the master, nor a bind address', async (t) => {
  const config = `cluster: {nameservers: [10.0.1.9], nodes: {a: 10.0.2.9}, existingNetworks: {office: 10.0.0.0/24}}
listen: {web: {podPort: 80, binds: ["10.0.3.9:80"]}}
`;
  const { report } = await checked(t, { config });
  t.is(report.findings[0]?.suggestions[0], '10.0.4.0/24');
});

test('A suggestion has no addresses of Services', async (t) => {
  const config = `cluster: {nameservers: [10.0.0.254], existingNetworks: {office: 10.0.0.0/24}, api: {kubeconfig: kubeconfig}}
loadBalancer: {addresses: ["10.0.1.7-10.0.2.3"]}
`;
  const { report } = await checked(t, { config });
  t.is(report.findings[0]?.suggestions[0], '10.0.3.0/24');
});

test('A configuration that is named must be there, one that is not need not', async (t) => {
  const cwd = folderOf(t);
  t.is((await podfront(['--config', 'gone.yaml', 'check-networks', '--no-host'], { cwd })).status, 2);
  t.is((await podfront(['check-networks', '--no-host'], { cwd })).status, 0);
});
