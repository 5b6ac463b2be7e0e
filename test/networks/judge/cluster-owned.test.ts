import test from 'ava';
import { checked, type Host, lines } from '../../support/networks/host.ts';

/** A node on which Kubernetes runs: flannel with vxlan, a bridge for the pods of this node, kube-proxy in IPVS mode. */
const flannelNode: Host = {
  interfaces: {
    lo: ['127.0.0.1/8', '::1/128'],
    eth0: ['192.0.2.11/24'],
    'flannel.1': ['10.1.5.0/32'],
    cni0: ['10.1.5.1/24'],
    'kube-ipvs0': ['10.0.0.1/32', '10.0.0.254/32'],
    nodelocaldns: ['10.0.0.254/32'],
  },
  routes: [
    { dst: 'default', gateway: '192.0.2.1', dev: 'eth0' },
    { dst: '10.1.5.0/24', dev: 'cni0', protocol: 'kernel', scope: 'link', prefsrc: '10.1.5.1' },
    { dst: '10.1.6.0/24', gateway: '10.1.6.0', dev: 'flannel.1', flags: ['onlink'] },
    { dst: '10.1.7.0/24', gateway: '10.1.7.0', dev: 'flannel.1', flags: ['onlink'] },
    { type: 'local', dst: '10.0.0.1', dev: 'kube-ipvs0', table: 'local', protocol: 'kernel', scope: 'host', prefsrc: '10.0.0.1' },
    { type: 'local', dst: '10.1.5.1', dev: 'cni0', table: 'local', protocol: 'kernel', scope: 'host', prefsrc: '10.1.5.1' },
  ],
  resolvConf: 'nameserver 10.0.0.254\n',
};

test('On an active flannel node nothing is an error: its own things are listed', async (t) => {
  const { status, report } = await checked(t, flannelNode);
  t.deepEqual(lines(report), []);
  t.is(status, 0);
  t.deepEqual(
    report.own.map(({ name, cidr, source }) => `${source} ${name} ${cidr}`),
    [
      'interface flannel.1 10.1.5.0/32',
      'interface cni0 10.1.5.0/24',
      'interface kube-ipvs0 10.0.0.1/32',
      'interface kube-ipvs0 10.0.0.254/32',
      'interface nodelocaldns 10.0.0.254/32',
      'route flannel.1 10.1.6.0/24',
      'route flannel.1 10.1.7.0/24',
      'nameserver name server in resolv.conf 10.0.0.254/32',
    ],
  );
});

test('A stranger on an active node is still found', async (t) => {
  const host = { ...flannelNode, interfaces: { ...flannelNode.interfaces, eth1: ['10.1.200.4/24'] }, resolvConf: 'nameserver 10.0.0.53\n' };
  t.deepEqual(lines((await checked(t, host)).report), [
    'error nameserver 10.0.0.53/32 inside 10.0.0.0/24',
    'error interface 10.1.200.0/24 inside 10.1.0.0/16',
  ]);
});

test("A device with the cluster's name and a foreign network is none of the cluster's", async (t) => {
  const host = { interfaces: { cni0: ['10.0.0.1/24'], 'flannel.1': ['10.0.0.5/32'], 'kube-bridge': ['10.0.0.0/8'] } };
  const { report } = await checked(t, host);
  t.deepEqual(report.own, []);
  t.is(report.findings.length, 4);
});

test('Docker on a machine without Kubernetes is a stranger, whatever its range', async (t) => {
  const { report, status } = await checked(t, { interfaces: { docker0: ['10.1.5.1/24'], veth12ab: ['10.1.6.1/24'] } });
  t.is(status, 1);
  t.deepEqual(report.own, []);
  t.is(report.findings.length, 2);
});

test('docker0 is own where flannel runs and gave it its network, and not with a range of its own', async (t) => {
  const flannel = { 'flannel.1': ['10.1.5.0/32'] };
  const given = (await checked(t, { interfaces: { ...flannel, docker0: ['10.1.5.1/24'] } })).report;
  t.deepEqual(given.findings, []);
  t.is(given.own.length, 2);
  const foreign = (await checked(t, { interfaces: { ...flannel, docker0: ['10.0.0.1/24'] } })).report;
  t.deepEqual(lines(foreign), ['error interface 10.0.0.0/24 same 10.0.0.0/24']);
  const everything = (await checked(t, { interfaces: { ...flannel, docker0: ['10.1.0.1/16'] } })).report;
  t.deepEqual(lines(everything), ['error interface 10.1.0.0/16 same 10.1.0.0/16'], 'the whole pod network was not given by flannel');
});

test("flannel's host-gw routes are own when they lead to a node, and a VPN's are not", async (t) => {
  const host = {
    interfaces: { eth0: ['192.0.2.11/24'], cni0: ['10.1.5.1/24'], tun0: ['192.168.77.2/24'] },
    routes: [
      { dst: '10.1.6.0/24', gateway: '192.0.2.12', dev: 'eth0' },
      { dst: '10.1.7.0/24', gateway: '192.168.77.1', dev: 'tun0' },
      { dst: '10.1.128.0/17', gateway: '192.0.2.1', dev: 'eth0' },
    ],
  };
  t.deepEqual(lines((await checked(t, host)).report), [
    'error route 10.1.7.0/24 inside 10.1.0.0/16',
    'error route 10.1.128.0/17 inside 10.1.0.0/16',
  ]);
  const config = 'cluster:\n  nodes: {node1: 192.0.2.11}\n';
  t.is((await checked(t, { ...host, config })).report.findings.length, 3, 'a gateway that is none of the configured nodes');
  const inactive = { ...host, interfaces: { eth0: ['192.0.2.11/24'] } };
  t.is((await checked(t, inactive)).report.findings.length, 3, 'no Kubernetes runs there');
});

test('Calico and Cilium are recognised', async (t) => {
  const calico = {
    interfaces: { eth0: ['192.0.2.11/24'], tunl0: ['10.1.3.64/32'], cali0a1b: ['fe80::1/64'] },
    routes: [
      { type: 'blackhole', dst: '10.1.3.64/26', protocol: 'bird' },
      { dst: '10.1.3.65', dev: 'cali0a1b', scope: 'link' },
      { dst: '10.1.9.0/26', gateway: '192.0.2.12', dev: 'tunl0', protocol: 'bird', flags: ['onlink'] },
    ],
  };
  const cilium = {
    interfaces: { cilium_host: ['10.1.2.7/32'], lxc12: ['fe80::2/64'] },
    routes: [
      { dst: '10.1.2.0/24', gateway: '10.1.2.7', dev: 'cilium_host', protocol: 'kernel', prefsrc: '10.1.2.7' },
      { dst: '10.1.3.0/24', gateway: '10.1.2.7', dev: 'cilium_host', protocol: 'kernel', prefsrc: '10.1.2.7' },
      { dst: '10.1.2.7', dev: 'cilium_host', scope: 'link' },
    ],
  };
  for (const [host, count] of [
    [calico, 4],
    [cilium, 3],
  ] as const) {
    const { report } = await checked(t, host);
    t.deepEqual(report.findings, []);
    t.is(report.own.length, count, JSON.stringify(report.own));
  }
});

test('Old networks of the cluster are strangers to new ones', async (t) => {
  const { report } = await checked(t, flannelNode, '--service-network', '10.1.5.0/24', '--pod-network', '10.2.0.0/16');
  t.deepEqual(lines(report), ['error interface 10.1.5.0/24 same 10.1.5.0/24', 'error interface 10.1.5.0/32 inside 10.1.5.0/24']);
});

test('A name server inside is own when it is the configured cluster DNS, and believed to be so by the NixOS rule only on an active node', async (t) => {
  const resolvConf = 'nameserver 10.0.0.254\n';
  t.deepEqual(lines((await checked(t, { resolvConf })).report), ['error nameserver 10.0.0.254/32 inside 10.0.0.0/24']);
  const { report } = await checked(t, { resolvConf: 'nameserver 10.0.0.9\n', config: 'cluster: {nameservers: [10.0.0.9]}\n' });
  t.deepEqual(report.findings, []);
  t.is(report.own[0]?.cidr, '10.0.0.9/32');
});

test("On an active NixOS node nixpkgs' flannel bridge mynet is the cluster's own", async (t) => {
  const interfaces = { lo: ['127.0.0.1/8'], eth0: ['192.0.2.11/24'], 'flannel.1': ['10.1.5.0/32'], mynet: ['10.1.5.1/24'] };
  const routes = [
    { dst: 'default', gateway: '192.0.2.1', dev: 'eth0' },
    { dst: '10.1.5.0/24', dev: 'mynet', protocol: 'kernel', scope: 'link', prefsrc: '10.1.5.1' },
    { dst: '10.1.6.0/24', gateway: '10.1.6.0', dev: 'flannel.1', flags: ['onlink'] },
  ];
  const { status, report } = await checked(t, { interfaces, routes, resolvConf: 'nameserver 10.0.0.254\n' });
  t.deepEqual(lines(report), []);
  t.is(status, 0);
  t.true(report.own.some(({ name, cidr }) => name === 'mynet' && cidr === '10.1.5.0/24'));
  const elsewhere = await checked(t, { interfaces: { mynet: ['10.0.0.1/24'] } });
  t.is(elsewhere.status, 1, 'a bridge of that name with another network is none');
});
