import { verb } from '../judge/cluster-rules.ts';
import type { NetworkFinding } from '../judge/finding.ts';
import { type ClusterNetwork, type Declared, type KnownNetwork, optionsOf, routeText } from '../judge/known.ts';

/** The whole sentence of a finding: what overlaps what, why that hurts, and the option to change. */
export function messageOf(finding: NetworkFinding): string {
  const { about, cluster, relation } = finding;
  if (about.kind === 'said') return about.text;
  const { known } = about;
  const said = `${subject(known)} ${verb(relation)} the ${cluster.name} ${cluster.network.cidr}`;
  return `${said}: ${why(known, finding)}; ${remedy(cluster, finding)}`;
}

function subject(known: KnownNetwork): string {
  const { cidr } = known.network;
  const address = cidr.replace(/\/\d+$/, '');
  switch (known.kind) {
    case 'interface': {
      const own = known.address?.text;
      return own === undefined || own === address
        ? `the network ${cidr} of ${known.name}`
        : `the network ${cidr} of ${known.name}, on which this host is ${own},`;
    }
    case 'route':
      return known.type === 'local' ? `this host's own ${cidr} on ${known.name}` : `the route ${routeText(known)}`;
    case 'gateway':
      return `${address}, the ${known.name}${known.device === null ? '' : ` on ${known.device}`},`;
    case 'nameserver':
      return `${address}, a ${known.name},`;
    case 'flag':
    case 'file':
    case 'config':
      return `the declared network ${[cidr, ...brackets(known)].join(' ')}`;
    default:
      return known satisfies never;
  }
}

function brackets({ name, network, written }: Declared): readonly string[] {
  const words = [name === network.cidr || name === written ? '' : name, written === null ? '' : `written ${written}`].filter(
    (word) => word !== '',
  );
  return words.length === 0 ? [] : [`(${words.join(', ')})`];
}

function why(known: KnownNetwork, { relation, severity }: NetworkFinding): string {
  switch (known.kind) {
    case 'interface':
      return 'this host talks to its neighbours there directly, so either they or the cluster become unreachable';
    case 'route':
      if (known.type === 'local') return 'an address of this host cannot be one of the cluster';
      if (severity === 'warning')
        return "the cluster's part of it will no longer be reached that way, which is harmless only if nothing you need is there";
      if (known.onLink) return 'this host talks to its neighbours there directly, so either they or the cluster become unreachable';
      return relation === 'same' ? 'the two routes exclude each other' : 'it is more specific and takes that part away from the cluster';
    case 'gateway':
      return 'what should leave through the gateway would end up in the cluster';
    case 'nameserver':
      return 'questions to it would end up in the cluster, and names no longer resolve';
    case 'flag':
    case 'file':
    case 'config':
      return 'hosts there and the cluster could not reach each other';
    default:
      return known satisfies never;
  }
}

function remedy(cluster: ClusterNetwork, { severity }: NetworkFinding): string {
  return severity === 'error' ? `change ${optionsOf(cluster)}` : `check, and change ${optionsOf(cluster)} if it is in use`;
}
