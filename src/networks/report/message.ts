import type { ClusterNetwork } from '../facts/cluster.ts';
import { type DeclaredNetwork, type KnownNetwork, routeText } from '../facts/known.ts';
import { type NetworkFinding, relationText } from '../judge/finding.ts';

/** The message of a finding: what overlaps what, the consequence, and the option to change. */
export function findingMessage(finding: NetworkFinding): string {
  const { subject, cluster, relation } = finding;
  if (typeof subject === 'string') return subject;
  const overlap = `${subjectText(subject)} ${relationText(relation)} the ${cluster.name} ${cluster.network.cidr}`;
  return `${overlap}: ${consequence(subject, finding)}; ${remedy(cluster, finding)}`;
}

function subjectText(known: KnownNetwork): string {
  const { cidr } = known.network;
  const address = cidr.replace(/\/\d+$/, '');
  switch (known.kind) {
    case 'interface': {
      const own = known.address?.text;
      return own === undefined || own === address
        ? `the network ${cidr} of ${known.name}`
        : `the network ${cidr} of ${known.name}, where this host is ${own},`;
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

function brackets({ name, network, written }: DeclaredNetwork): readonly string[] {
  const words = [name === network.cidr || name === written ? '' : name, written === null ? '' : `written ${written}`].filter(
    (word) => word !== '',
  );
  return words.length === 0 ? [] : [`(${words.join(', ')})`];
}

const neighbours = 'this host reaches its neighbours there directly, so either they or the cluster become unreachable';

function consequence(known: KnownNetwork, { relation, severity }: NetworkFinding): string {
  switch (known.kind) {
    case 'interface':
      return neighbours;
    case 'route':
      if (known.type === 'local') return 'an address of this host cannot be one of the cluster';
      if (severity === 'warning')
        return "the cluster's part of it will no longer be reached over that route, which does no harm only if you need nothing there";
      if (known.onLink) return neighbours;
      return relation === 'same' ? 'the two routes exclude each other' : 'it is more specific and takes that part away from the cluster';
    case 'gateway':
      return 'traffic that should leave through the gateway would go to the cluster';
    case 'nameserver':
      return 'queries to it would go to the cluster, and names would no longer resolve';
    case 'flag':
    case 'file':
    case 'config':
      return 'hosts there and the cluster could not reach each other';
    default:
      return known satisfies never;
  }
}

function remedy({ optionsToChange }: ClusterNetwork, { severity }: NetworkFinding): string {
  return severity === 'error' ? `change ${optionsToChange}` : `check whether it is in use, and if so change ${optionsToChange}`;
}
