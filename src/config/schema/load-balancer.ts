import * as z from 'zod/mini';
import { parseNamespace } from '../values/kubernetes-names.ts';
import { readAddressRange, readLoadBalancerClass } from '../values/load-balancer.ts';
import { boolean, list, parsedText, required, withDefault } from './fields.ts';

const namespace = parsedText('the name of a namespace', parseNamespace);

/** `loadBalancer`: Services of type LoadBalancer. */
export const loadBalancer = z.strictObject(
  {
    class: withDefault(
      'The `spec.loadBalancerClass` of the Services that are served.',
      parsedText('a class such as podfront/haproxy', readLoadBalancerClass),
      'podfront/haproxy',
    ),
    default: withDefault('`true`: also Services of type LoadBalancer without a class.', boolean, false),
    addresses: required(
      'The addresses that Services may have: single ones, networks (every address of them) and ranges, of IPv4 and IPv6. They are those of this VM, or those that a VRRP pair shares.',
      list(
        'a list of addresses such as ["198.51.100.10", "198.51.100.16/29"]',
        parsedText('an address, a network or a range', readAddressRange),
      ),
    ),
    namespaces: withDefault(
      'The namespaces of the Services that are served. Empty: all.',
      list('a list of names of namespaces', namespace),
      [],
    ),
    leaseNamespace: withDefault(
      'Namespace of the Lease by which the VMs of one class choose the one that writes.',
      namespace,
      'kube-system',
    ),
  },
  { error: 'a mapping with addresses' },
);
