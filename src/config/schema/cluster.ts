import * as z from 'zod/mini';
import { problem } from '../../problem/problem.ts';
import type { ApiAccess } from '../config.ts';
import { readAddress, readAnyNetwork, readContext, readHostAndPort, readNameserver, readNetwork, readNodeName } from '../values/cluster.ts';
import { readPath } from '../values/haproxy.ts';
import { parseDomain } from '../values/kubernetes-names.ts';
import { domainDefault, serviceNetworksDefault } from './defaults.ts';
import { boolean, list, namedEntries, optional, parsedText, parseWith, withDefault } from './fields.ts';

const address = parsedText('an IP address', readAddress);
const network = parsedText('a network such as 10.0.0.0/24', readNetwork);

/** The schema of `cluster.api`. */
const api = z.pipe(
  z.strictObject(
    {
      kubeconfig: optional('A kubeconfig: server, certificate authority and credentials.', parsedText('a path', readPath), [
        '/etc/podfront/kubeconfig',
      ]),
      context: optional('The context of that kubeconfig. Default: its current one.', parsedText('the name of a context', readContext), [
        'podfront',
      ]),
      inCluster: optional('`true`: podfront runs in a pod, and uses the credentials of its ServiceAccount.', boolean, [true]),
    },
    { error: '{kubeconfig: FILE}, with context if need be, or {inCluster: true}' },
  ),
  z.transform(
    parseWith(({ kubeconfig, context, inCluster }): ApiAccess => {
      const hint = 'write {kubeconfig: FILE}, with context if need be, or {inCluster: true}';
      if (kubeconfig !== null && inCluster === true)
        throw problem('config.conflict', { what: 'both kubeconfig and inCluster are set', hint });
      if (kubeconfig !== null) return { kind: 'kubeconfig', file: kubeconfig, context };
      if (inCluster !== true) throw problem('config.conflict', { what: 'neither kubeconfig nor inCluster is set', hint });
      if (context !== null) throw problem('config.conflict', { what: 'context needs a kubeconfig, and none is set', hint });
      return { kind: 'inCluster' };
    }),
  ),
);

/** `cluster`: cluster DNS, networks and nodes. */
export const cluster = z.strictObject(
  {
    domain: withDefault('DNS domain of the cluster.', parsedText('a domain', parseDomain), domainDefault),
    nameservers: optional(
      'Cluster DNS servers, by address: `10.0.0.254`, `10.0.0.254:53`, `[fd00::a]:53`, `tcp@10.0.0.254`. Default: the NixOS rule, the first three octets of the first IPv4 service network and `.254`, if that address lies inside it. None is needed where all pods come from the Kubernetes API.',
      list('a list of addresses such as ["10.0.0.254"]', parsedText('an address such as 10.0.0.254', readNameserver)),
      [['10.0.0.254']],
    ),
    serviceNetworks: withDefault(
      'Networks of the ClusterIPs: IPv4, IPv6 or both.',
      list('a list of networks such as ["10.0.0.0/24"]', network),
      serviceNetworksDefault,
    ),
    podNetworks: withDefault('Networks of the pods: IPv4, IPv6 or both.', list('a list of networks such as ["10.1.0.0/16"]', network), [
      '10.1.0.0/16',
    ]),
    dashboardClusterIP: optional('ClusterIP of the dashboard, for `check-networks`.', address, ['10.0.0.250']),
    existingNetworks: withDefault(
      'Networks that exist around this machine, by name, for `check-networks`. A single address is a network of one.',
      namedEntries('a mapping of names to networks', (name) => name, parsedText('a network such as 192.168.0.0/16', readAnyNetwork)),
      {},
    ),
    master: optional('Host name or address of the API server, for `doctor`.', parsedText('a host name', readHostAndPort), [
      'kubernetes.example.org',
    ]),
    nodes: withDefault(
      'Nodes by name, with the address that `lbServicePort` reaches.',
      namedEntries('a mapping of names to addresses', readNodeName, address),
      {},
    ),
    api: optional(
      'The Kubernetes API as a source of pods beside cluster DNS: `{kubeconfig: FILE}`, or `{inCluster: true}`. Then `records: auto` means `endpoints`.',
      api,
      [{ kubeconfig: '/etc/podfront/kubeconfig' }],
    ),
  },
  { error: 'a mapping' },
);
