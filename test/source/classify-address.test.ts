import test from 'ava';
import { parseConfig } from '../../src/config/parse.ts';
import { classifierFor } from '../../src/source/classify-address.ts';
import { address } from '../support/config-sample.ts';

const cluster = `
cluster:
  nameservers: [192.0.2.53, 10.0.0.254]
  podNetworks: [10.1.0.0/16, "fd00:1::/64", 127.10.0.0/16]
  serviceNetworks: [10.0.0.0/24]
  nodes: {one: 192.0.2.11, dns: 192.0.2.12, own: 198.51.100.9}
listen: {web: {binds: ["198.51.100.2:443", "*:80"], podPort: 443}}
`;
const classify = classifierFor(parseConfig(cluster, 'podfront.yaml'), ['198.51.100.9', '10.1.0.1', '2001:db8::9'].map(address));

for (const [text, kind, why] of [
  ['10.1.3.7', 'pod'],
  ['fd00:1::7', 'pod'],
  ['127.10.0.1', 'pod', 'a listed network holds it, though it is a loopback address'],
  ['10.1.0.1', 'pod', 'a listed network holds it, though it is an address of this host, as that of a bridge is'],
  ['10.0.0.254', 'service', 'a listed network holds it, though it is a name server'],
  ['192.0.2.11', 'node'],
  ['127.0.0.1', 'forbidden'],
  ['::1', 'forbidden'],
  ['::ffff:127.0.0.1', 'forbidden', 'it means the IPv4 address'],
  ['169.254.169.254', 'forbidden'],
  ['fe80::1', 'forbidden'],
  ['198.51.100.2', 'forbidden', 'HAProxy would connect to itself'],
  ['198.51.100.9', 'forbidden', 'it is this host, though it is a node as well'],
  ['2001:db8::9', 'forbidden'],
  ['192.0.2.53', 'forbidden'],
  ['0.0.0.0', 'forbidden', 'HAProxy would connect to itself'],
  ['0.1.2.3', 'forbidden'],
  ['::', 'forbidden'],
  ['::ffff:0.0.0.0', 'forbidden'],
  ['224.0.0.1', 'forbidden'],
  ['255.255.255.255', 'forbidden'],
  ['ff02::1', 'forbidden'],
  ['203.0.113.1', 'outside'],
  ['2001:db8::1', 'outside'],
] as const) {
  test(`${text} is ${kind}${why === undefined ? '' : `: ${why}`}`, (t) => {
    t.is(classify(address(text)).kind, kind);
  });
}
