import test from 'ava';
import { checked, type Host, lines } from '../../support/networks/host.ts';

/** The grading table, row by row: a host, and every finding it must give against 10.0.0.0/24 and 10.1.0.0/16. */
const rows: readonly {
  readonly what: string;
  readonly host?: Host;
  readonly args?: readonly string[];
  readonly finds: readonly string[];
}[] = [
  {
    what: 'An interface inside, the same, and around a cluster network is an error each time, told once',
    host: {
      interfaces: { eth1: ['10.0.0.130/25'], eth2: ['10.1.0.5/16'], eth3: ['10.9.9.9/8'] },
      routes: [
        { dst: '10.0.0.128/25', dev: 'eth1', protocol: 'kernel', scope: 'link', prefsrc: '10.0.0.130' },
        { type: 'local', dst: '10.0.0.130', dev: 'eth1', table: 'local', protocol: 'kernel', scope: 'host', prefsrc: '10.0.0.130' },
        { type: 'broadcast', dst: '10.0.0.255', dev: 'eth1', table: 'local', protocol: 'kernel', scope: 'link', prefsrc: '10.0.0.130' },
        { dst: '10.0.0.0/8', dev: 'eth3', protocol: 'kernel', scope: 'link', prefsrc: '10.9.9.9' },
        { type: 'multicast', dst: 'ff00::/8', dev: 'eth1', table: 'local', protocol: 'kernel' },
      ],
    },
    finds: [
      'error interface 10.0.0.0/8 contains 10.0.0.0/24',
      'error interface 10.0.0.128/25 inside 10.0.0.0/24',
      'error interface 10.0.0.0/8 contains 10.1.0.0/16',
      'error interface 10.1.0.0/16 same 10.1.0.0/16',
    ],
  },
  {
    what: 'The far end of a point-to-point link and the own address on it are both compared',
    host: { interfaces: { ppp0: ['10.0.0.5 peer 192.168.7.1/32'], ppp1: ['192.168.7.2 peer 10.1.2.3/32'] } },
    finds: ['error interface 10.0.0.5/32 inside 10.0.0.0/24', 'error interface 10.1.2.3/32 inside 10.1.0.0/16'],
  },
  {
    what: 'A neighbouring network is fine',
    host: { interfaces: { eth1: ['10.0.1.7/24'] }, routes: [{ dst: '10.2.0.0/15', gateway: '10.0.1.1', dev: 'eth1' }] },
    finds: [],
  },
  {
    what: 'A default route and the two halves of OpenVPN are nothing',
    host: {
      routes: [
        { dst: 'default', gateway: '192.0.2.1', dev: 'eth0' },
        { dst: '0.0.0.0/1', gateway: '10.8.0.1', dev: 'tun0' },
        { dst: '128.0.0.0/1', gateway: '10.8.0.1', dev: 'tun0' },
        { dst: '::/1', dev: 'wg0' },
        { dst: '8000::/1', dev: 'wg0' },
        { type: 'unreachable', dst: 'default', dev: 'lo', protocol: 'kernel', metric: 4294967295 },
      ],
    },
    finds: [],
  },
  {
    what: 'A VPN aggregate is a warning',
    host: { interfaces: { tun0: ['10.8.0.2/24'] }, routes: [{ dst: '10.0.0.0/8', gateway: '10.8.0.1', dev: 'tun0' }] },
    finds: ['warning route 10.0.0.0/8 contains 10.0.0.0/24', 'warning route 10.0.0.0/8 contains 10.1.0.0/16'],
  },
  {
    what: 'An aggregate to a tunnel device without a gateway is a warning, even when it holds the address of the tunnel',
    host: { interfaces: { tun0: ['10.8.0.2/32'] }, routes: [{ dst: '10.0.0.0/8', dev: 'tun0', scope: 'link', prefsrc: '10.8.0.2' }] },
    finds: ['warning route 10.0.0.0/8 contains 10.0.0.0/24', 'warning route 10.0.0.0/8 contains 10.1.0.0/16'],
  },
  {
    what: 'A route that is the same or lies inside is an error, in whichever table and of whichever type',
    host: {
      routes: [
        { dst: '10.0.0.0/24', gateway: '192.0.2.9', dev: 'eth0' },
        { dst: '10.1.7.0/24', dev: 'vrf-blue', table: '10' },
        { type: 'blackhole', dst: '10.1.9.0/24' },
        { type: 'unreachable', dst: '10.1.10.1', table: 'vpn' },
        {
          dst: '10.1.11.0/24',
          nexthops: [
            { gateway: '192.0.2.2', dev: 'eth0', weight: 1 },
            { gateway: '192.0.2.3', dev: 'eth1', weight: 1 },
          ],
        },
      ],
    },
    finds: [
      'error route 10.0.0.0/24 same 10.0.0.0/24',
      'error route 10.1.7.0/24 inside 10.1.0.0/16',
      'error route 10.1.9.0/24 inside 10.1.0.0/16',
      'error route 10.1.10.1/32 inside 10.1.0.0/16',
      'error route 10.1.11.0/24 inside 10.1.0.0/16',
    ],
  },
  {
    what: 'An on-link route alone, without the list of addresses, is an error also where it contains',
    host: {
      routes: [
        { dst: '10.0.0.0/8', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: '10.0.0.5' },
        { type: 'local', dst: '10.0.0.5', dev: 'eth0', table: 'local', protocol: 'kernel', scope: 'host', prefsrc: '10.0.0.5' },
      ],
    },
    finds: ['error route 10.0.0.0/8 contains 10.0.0.0/24', 'error route 10.0.0.0/8 contains 10.1.0.0/16'],
  },
  {
    what: 'A range that the host takes as its own (AnyIP) is an error',
    host: { interfaces: { lo: ['127.0.0.1/8'] }, routes: [{ type: 'local', dst: '10.0.0.0/16', dev: 'lo', table: 'local' }] },
    finds: ['error route 10.0.0.0/16 contains 10.0.0.0/24'],
  },
  {
    what: 'A gateway inside is an error beside its network, once for many routes',
    host: {
      interfaces: { eth0: ['10.0.0.5/24'] },
      routes: [
        { dst: 'default', gateway: '10.0.0.1', dev: 'eth0' },
        { dst: '172.20.0.0/16', gateway: '10.0.0.1', dev: 'eth0' },
        { dst: '172.21.0.0/16', via: { family: 'inet', host: '10.1.0.9' }, dev: 'eth9' },
      ],
    },
    finds: [
      'error interface 10.0.0.0/24 same 10.0.0.0/24',
      'error gateway 10.0.0.1/32 inside 10.0.0.0/24',
      'error gateway 10.1.0.9/32 inside 10.1.0.0/16',
    ],
  },
  {
    what: 'A name server inside is an error',
    host: {
      resolvConf:
        '# made by hand\nsearch example.org\nnameserver 10.0.0.53 ; the old one\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\n',
    },
    finds: ['error nameserver 10.0.0.53/32 inside 10.0.0.0/24'],
  },
  {
    what: 'A declared network is an error in any relation',
    args: ['--network', 'vpn=10.0.0.0/8', '10.0.0.0/25', 'same=10.1.0.0/16', '--network', '2001:db8::/32'],
    host: { list: '10.1.128.0/17 branch\n# nothing\n\n192.168.0.0/16\n' },
    finds: [
      'error flag 10.0.0.0/8 contains 10.0.0.0/24',
      'error flag 10.0.0.0/25 inside 10.0.0.0/24',
      'error flag 10.0.0.0/8 contains 10.1.0.0/16',
      'error flag 10.1.0.0/16 same 10.1.0.0/16',
      'error file 10.1.128.0/17 inside 10.1.0.0/16',
    ],
  },
  {
    what: 'A default route that somebody declared does overlap',
    args: ['--network', '0.0.0.0/0'],
    finds: ['error flag 0.0.0.0/0 contains 10.0.0.0/24', 'error flag 0.0.0.0/0 contains 10.1.0.0/16'],
  },
  {
    what: 'IPv4-mapped IPv6 is compared as IPv4, and families never mix',
    args: ['--network', '::ffff:10.0.0.0/120', '::/0', '::a00:0/120'],
    finds: ['error flag 10.0.0.0/24 same 10.0.0.0/24'],
  },
  {
    what: 'Dual stack compares each family with its own',
    args: [
      '--service-network',
      '10.0.0.0/24',
      'fd00:10::/112',
      '--pod-network',
      '10.1.0.0/16,fd00:11::/48',
      '--network',
      'fd00::/8',
      '10.1.0.0/24',
    ],
    finds: [
      'error flag fd00::/8 contains fd00:10::/112',
      'error flag 10.1.0.0/24 inside 10.1.0.0/16',
      'error flag fd00::/8 contains fd00:11::/48',
    ],
  },
  {
    what: 'Cluster networks that overlap each other are an error',
    args: ['--service-network', '10.1.5.0/24', '--pod-network', '10.1.0.0/16'],
    finds: ['error cluster 10.1.0.0/16 contains 10.1.5.0/24'],
  },
  {
    what: 'Identical cluster networks are an error',
    args: ['--service-network', '10.1.0.0/16', '--pod-network', '10.1.0.0/16'],
    finds: ['error cluster 10.1.0.0/16 same 10.1.0.0/16'],
  },
  {
    what: 'Reserved ranges are errors, the shared and documentation ones warnings',
    args: [
      '--service-network',
      '127.0.0.0/24',
      '169.254.1.0/24',
      '100.64.0.0/24',
      '203.0.113.0/24',
      '--pod-network',
      '224.0.0.0/3',
      '2001:db8:1::/48',
      'fe80::/64',
      '0.0.0.0/16',
    ],
    finds: [
      'error reserved 127.0.0.0/8 contains 127.0.0.0/24',
      'error reserved 169.254.0.0/16 contains 169.254.1.0/24',
      'error reserved 224.0.0.0/4 inside 224.0.0.0/3',
      'error reserved 240.0.0.0/4 inside 224.0.0.0/3',
      'error reserved fe80::/10 contains fe80::/64',
      'error reserved 0.0.0.0/8 contains 0.0.0.0/16',
      'warning reserved 100.64.0.0/10 contains 100.64.0.0/24',
      'warning reserved 203.0.113.0/24 same 203.0.113.0/24',
      'warning reserved 2001:db8::/32 contains 2001:db8:1::/48',
    ],
  },
  {
    what: 'A service network in which NixOS puts cluster DNS outside is a warning',
    args: ['--service-network', '10.0.0.0/25'],
    finds: ['warning address 10.0.0.254/32 outside 10.0.0.0/25'],
  },
  {
    what: 'A service network in the upper half of its /24 has cluster DNS inside',
    args: ['--service-network', '10.0.0.128/25'],
    finds: [],
  },
];

for (const { what, host = {}, args = [], finds } of rows) {
  test(what, async (t) => {
    const { status, report, stderr } = await checked(t, host, ...args);
    t.deepEqual(lines(report), finds);
    t.is(status, finds.some((line) => line.startsWith('error')) ? 1 : 0, stderr);
    t.is(report.ok, status === 0);
    t.deepEqual(report.problems, []);
  });
}
