import * as z from 'zod/mini';
import { parseBind } from '../../haproxy-syntax/bind.ts';
import { parseLines, parseOptions } from '../../haproxy-syntax/extra-lines.ts';
import { problem } from '../../problem/problem.ts';
import type { BackendTls } from '../config.ts';
import { readNodeName } from '../values/cluster.ts';
import { readAbsolutePath, readBalance, readSni } from '../values/haproxy.ts';
import { parseNamespace, parsePortName, parseServiceName } from '../values/kubernetes-names.ts';
import { namespaceDefault } from './defaults.ts';
import { boolean, list, oneOf, optional, parsedText, parseWith, port, withDefault } from './fields.ts';
import { basicAuth, boundAddress, host } from './front.ts';

/** TLS to servers; `true` trusts any certificate. */
const backendTls = z.pipe(
  z.union(
    [
      boolean,
      z.strictObject(
        {
          verify: withDefault("Whether the servers' certificates are verified.", oneOf(['required', 'none']), 'required'),
          caFile: optional('Absolute path of the CA file; needed with `verify: required`.', parsedText('a path', readAbsolutePath), [
            '/etc/ssl/certs/ca-certificates.crt',
          ]),
          sni: optional('Name to send by SNI, and to verify when the certificate is verified.', parsedText('a host name', readSni), [
            'app.example.org',
          ]),
        },
        { error: 'a mapping' },
      ),
    ],
    { error: 'true, false, or a mapping with verify, caFile and sni' },
  ),
  z.transform(
    parseWith((value): BackendTls => {
      if (typeof value === 'boolean') return value ? { kind: 'unverified', sni: null } : { kind: 'none' };
      const { verify, caFile, sni } = value;
      const hint = 'name the file with the CA certificates, or write verify: none to trust any certificate';
      if (verify === 'none') return { kind: 'unverified', sni };
      if (caFile === null) throw problem('config.missing', { key: 'caFile, because verify is required', hint });
      return { kind: 'verified', caFile, sni };
    }),
  ),
);

/** One listen; keys have the names and meanings of `flyingcircus.kubernetes.frontend`. */
export const listen = z.strictObject(
  {
    binds: optional(
      'Addresses to listen on: `198.51.100.2:443`, `[2001:db8::1]:443`, `*:80`; `{address: ..., crt: FILE}` to terminate TLS. Default: `127.0.0.1:` and the port.',
      list(
        'a list of addresses such as ["198.51.100.2:443"]',
        z.union([parsedText('an address such as 198.51.100.2:443', (address) => ({ ...parseBind(address), tls: null })), boundAddress], {
          error: 'an address such as 198.51.100.2:443',
        }),
      ),
      [['198.51.100.2:443', '[2a02:238:f030::1000]:443']],
    ),
    hosts: optional(
      'Host names of this listen, where several listens have the same `binds`: matched with TLS SNI in mode `tcp`, with the Host header in mode `http`. `*.example.org` matches every name below it.',
      list('a list of host names', host),
      [['app.example.org', '*.apps.example.org']],
    ),
    serviceName: optional('Name of the service. Default: the name of the listen.', parsedText('the name of a service', parseServiceName), [
      'ingress',
    ]),
    namespace: withDefault('Namespace of the service.', parsedText('the name of a namespace', parseNamespace), namespaceDefault),
    podPort: optional(
      'Port of the pods: traffic goes to them directly. A name is looked up with SRV records. Exactly one of `podPort`, `servicePort` and `lbServicePort`.',
      z.union([port, parsedText('the name of a port', parsePortName)], { error: 'a port number or the name of a port' }),
      [443, 'https'],
    ),
    servicePort: optional('Port of the service: traffic goes to its ClusterIP.', port, [443]),
    lbServicePort: optional(
      'Port that answers on every node, the *node port* of a Service and not its own port: traffic goes to the nodes of `cluster.nodes`.',
      port,
      [30443],
    ),
    nodes: optional(
      'With `lbServicePort`: the names of the nodes to use, of `cluster.nodes`. Default: all of them.',
      list('a list of names of nodes', parsedText('the name of a node', readNodeName)),
      [['master']],
    ),
    records: withDefault(
      'How the pods are found. `endpoints`: through the Kubernetes API, which needs `cluster.api`; then `auto` means this. The others are DNS records: `auto` finds out by asking which of them there are; a named port means `srv`.',
      oneOf(['auto', 'wildcard', 'headless', 'srv', 'endpoints']),
      'auto',
    ),
    fallbackServicePort: withDefault(
      "Port of the ClusterIP, which serves as `backup` when no pod is left. With `podPort` only. `auto`, for `records: endpoints`: the port of the Service that leads to the pods'; for DNS records it means `none`.",
      z.union([port, oneOf(['auto', 'none'])], { error: 'a port number, auto or none' }),
      'auto',
    ),
    fallbackServiceName: optional(
      'The Service of `fallbackServicePort`, in the same namespace. A headless Service has no ClusterIP: beside one, name a Service here that has one and selects the same pods. Default: `serviceName`.',
      parsedText('the name of a service', parseServiceName),
      ['ingress-vip'],
    ),
    outside: withDefault(
      'Use addresses outside `podNetworks` and `serviceNetworks`, such as those of an ExternalName. Never loopback or link-local addresses, those of this host, or those of `cluster.nameservers`.',
      boolean,
      false,
    ),
    mayBeEmpty: withDefault(
      'Whether a listen without pods is normal. `false`: it is a finding, and `podfront status` exits with 1.',
      boolean,
      false,
    ),
    maxExpectedPods: withDefault(
      'Number of server slots. `auto`: sized by the pods that DNS lists, up to 1,000; more only as a number.',
      z.union(
        [
          z.literal('auto'),
          z
            .int()
            .check(
              z.gte(1, { error: 'auto, or a whole number from 1 to 10000' }),
              z.lte(10_000, { error: 'auto, or a whole number from 1 to 10000' }),
            ),
        ],
        { error: 'auto, or a whole number from 1 to 10000' },
      ),
      'auto',
    ),
    mode: withDefault('`tcp` forwards connections, `http` processes HTTP requests.', oneOf(['tcp', 'http']), 'tcp'),
    redirectToHttps: withDefault(
      'Redirect requests without TLS to the same URL with `https` (status 308). Needs mode `http` and a bind with `crt`.',
      boolean,
      false,
    ),
    hsts: optional(
      'Strict-Transport-Security in every answer over TLS: its `max-age` in seconds. Needs mode `http` and a bind with `crt`.',
      z
        .int({ error: 'a number of seconds' })
        .check(
          z.gte(0, { error: 'a number of seconds from 0 to 63072000' }),
          z.lte(63_072_000, { error: 'a number of seconds from 0 to 63072000' }),
        ),
      [31_536_000],
    ),
    basicAuth: optional('HTTP basic authentication. Needs mode `http`.', basicAuth),
    balance: withDefault('Balance algorithm, with its arguments.', parsedText('a balance algorithm', readBalance), 'leastconn'),
    sslBackend: withDefault(
      'TLS to the servers. `true` verifies no certificate; or `{verify: required, caFile: FILE, sni: NAME}`.',
      backendTls,
      false,
    ),
    sendProxy: withDefault(
      'PROXY protocol to the servers: `true` is `v1`.',
      z.pipe(
        z.union([boolean, oneOf(['v1', 'v2'])], { error: 'true, false, v1 or v2' }),
        z.transform((value): 'none' | 'v1' | 'v2' => (value === true ? 'v1' : value === false ? 'none' : value)),
      ),
      false,
    ),
    check: withDefault(
      'Health checks of the servers. `{tls: true}` or `{tls: {verify: required, caFile: FILE, sni: NAME}}`: over TLS, where the traffic itself is passed through.',
      z.union([boolean, z.strictObject({ tls: withDefault('TLS of the health checks.', backendTls, true) }, { error: 'a mapping' })], {
        error: 'true, false, or a mapping with tls',
      }),
      true,
    ),
    extraPodTemplateOptions: withDefault(
      'Options to add verbatim to each server line but that of `fallbackServicePort`.',
      parsedText('a line of text', parseOptions),
      '',
    ),
    haproxyExtraConfig: withDefault('Lines to add verbatim to the listen.', parsedText('lines of text', parseLines), ''),
  },
  { error: 'a mapping' },
);
