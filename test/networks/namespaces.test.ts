import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { lines } from '../support/networks/host.ts';
import { namespaceOf } from '../support/networks/namespace.ts';

/**
 * Hosts made of real interfaces and routes, and every finding they must give. Without iproute2 the same is found unless
 * said otherwise; there an interface without a carrier is told by its route, since Node is silent about it.
 */
const scenes: readonly {
  readonly what: string;
  readonly ip: string;
  readonly args?: readonly string[];
  readonly nameservers?: readonly string[];
  readonly finds: readonly string[];
  readonly owns?: readonly string[];
  readonly blindFinds?: readonly string[];
  readonly blindOwns?: readonly string[];
}[] = [
  {
    what: 'A clean VM is free',
    nameservers: ['192.0.2.53'],
    ip: `
      link add eth0 type veth peer name far-eth0
      link set far-eth0 up
      address add 192.0.2.7/24 dev eth0
      address add 2001:db8::7/64 dev eth0 nodad
      link set eth0 up
      route add default via 192.0.2.1`,
    finds: [],
  },
  {
    what: 'A home network of 10.42.0.0/23 conflicts with the pods of k3s',
    args: ['--service-network', '10.43.0.0/16', '--pod-network', '10.42.0.0/16'],
    nameservers: ['10.42.0.1'],
    ip: `
      link add eth0 type veth peer name far-eth0
      link set far-eth0 up
      address add 10.42.1.5/23 dev eth0
      link set eth0 up
      route add default via 10.42.0.1`,
    finds: [
      'error interface 10.42.0.0/23 inside 10.42.0.0/16',
      'error gateway 10.42.0.1/32 inside 10.42.0.0/16',
      'error nameserver 10.42.0.1/32 inside 10.42.0.0/16',
    ],
  },
  {
    what: 'A VPN aggregate is a warning',
    ip: `
      link add tun0 type veth peer name far-tun0
      link set far-tun0 up
      address add 10.8.0.2/24 dev tun0
      link set tun0 up
      route add 10.0.0.0/8 via 10.8.0.1`,
    finds: ['warning route 10.0.0.0/8 contains 10.0.0.0/24', 'warning route 10.0.0.0/8 contains 10.1.0.0/16'],
  },
  {
    what: "OpenVPN's two halves are nothing",
    ip: `
      link add tun0 type veth peer name far-tun0
      link set far-tun0 up
      address add 192.168.8.2/24 dev tun0
      link set tun0 up
      route add 0.0.0.0/1 via 192.168.8.1
      route add 128.0.0.0/1 via 192.168.8.1`,
    finds: [],
  },
  {
    what: 'A docker bridge without containers conflicts, although nothing is plugged in',
    ip: `
      link add docker0 type bridge
      address add 10.1.0.1/24 dev docker0
      link set docker0 up`,
    finds: ['error interface 10.1.0.0/24 inside 10.1.0.0/16'],
  },
  {
    what: 'An interface that is down has its network all the same',
    ip: `
      link add eth1 type veth peer name far-eth1
      address add 10.0.0.7/25 dev eth1`,
    finds: ['error interface 10.0.0.0/25 inside 10.0.0.0/24'],
    // The kernel keeps its local route alone, without the network.
    blindFinds: ['error route 10.0.0.7/32 inside 10.0.0.0/24'],
  },
  {
    what: 'An active flannel node is free, and its own things are listed',
    ip: `
      link add eth0 type veth peer name far-eth0
      link set far-eth0 up
      address add 192.0.2.11/24 dev eth0
      link set eth0 up
      link add flannel.1 type veth peer name far-flannel.1
      link set far-flannel.1 up
      address add 10.1.5.0/32 dev flannel.1
      link set flannel.1 up
      link add cni0 type bridge
      link add veth0 type veth peer name pod0
      link set veth0 master cni0 up
      link set pod0 up
      address add 10.1.5.1/24 dev cni0
      link set cni0 up
      route add 10.1.6.0/24 via 10.1.6.0 dev flannel.1 onlink
      route add default via 192.0.2.1`,
    finds: [],
    owns: ['flannel.1 10.1.5.0/32', 'cni0 10.1.5.0/24', 'flannel.1 10.1.6.0/24'],
  },
  {
    what: 'Dual stack, other tables and routes without a device',
    args: ['--service-network', '10.0.0.0/24', 'fd00:10::/112', '--pod-network', '10.1.0.0/16', 'fd00:11::/48'],
    ip: `
      link add eth0 type veth peer name far-eth0
      link set far-eth0 up
      address add 192.0.2.11/24 dev eth0
      address add fd00:10::5/64 dev eth0 nodad
      link set eth0 up
      route add 10.1.9.0/24 via 192.0.2.9 table 100
      route add blackhole 10.1.10.0/24
      route add fd00:11:0:7::/64 via fd00:10::1 table 100`,
    finds: [
      'error interface fd00:10::/64 contains fd00:10::/112',
      'error gateway fd00:10::1/128 inside fd00:10::/112',
      'error route 10.1.9.0/24 inside 10.1.0.0/16',
      'error route 10.1.10.0/24 inside 10.1.0.0/16',
      'error route fd00:11:0:7::/64 inside fd00:11::/48',
    ],
  },
];

for (const { what, ip, args = [], nameservers = [], finds, owns = [], blindFinds = finds, blindOwns = owns } of scenes) {
  needs(
    'root',
    'netns',
    'ip',
  )(`In a network namespace: ${what}`, (t) => {
    const space = namespaceOf(t, folderOf(t), nameservers);
    space.ip(ip);
    for (const [blind, found, own] of [
      [false, finds, owns],
      [true, blindFinds, blindOwns],
    ] as const) {
      const { status, report, stderr } = space.check(args, blind);
      const message = blind ? 'without iproute2' : 'with iproute2';
      t.deepEqual(plain(lines(report), blind), plain(found, blind), message);
      t.deepEqual(report.own.map(({ name, cidr }) => `${name} ${cidr}`).sort(), [...own].sort(), message);
      t.is(status, found.some((line) => line.startsWith('error')) ? 1 : 0, stderr);
      t.is(stderr.includes('cannot ask ip'), blind, stderr);
    }
  });
}

function plain(findings: readonly string[], blind: boolean): readonly string[] {
  return findings.map((line) => (blind ? line.replace(/ (interface|route) /, ' ') : line)).sort();
}
