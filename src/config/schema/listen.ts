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

/** `true` trusts any certificate. */
const backendTls = z.pipe(
  z.union(
    [
      boolean,
      z.strictObject(
        {
          verify: withDefault("Whether the servers' certificates are checked.", oneOf(['required', 'none']), 'required'),
          caFile: optional('Absolute path of the CA file; needed with `verify: required`.', parsedText('a path', readAbsolutePath), [
            '/etc/ssl/certs/ca-certificates.crt',
          ]),
          sni: optional('Name to send, and to check when the certificate is checked.', parsedText('a host name', readSni), [
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

/** One listen: the names of `flyingcircus.kubernetes.frontend` mean the same here. */
export const listen = z.strictObject(
  {
    binds: optional(
      'Addresses to listen on: `198.51.100.2:443`, `[2001:db8::1]:443`, `*:80`; `{address: ..., crt: FILE}` where TLS ends here. Default: `127.0.0.1:` and the port.',
      list(
        'a list of addresses such as ["198.51.100.2:443"]',
        z.union([parsedText('an address such as 198.51.100.2:443', (address) => ({ ...parseBind(address), tls: null })), boundAddress], {
          error: 'an address such as 198.51.100.2:443',
        }),
      ),
      [['198.51.100.2:443', '[2a02:238:f030::1000]:443']],
    ),
    hosts: optional(
      'Names by which requests come here, where several listens have the same `binds`: by TLS SNI in mode `tcp`, by host name in mode `http`. `*.example.org` is every name below.',
      list('a list of host names', host),
      [['app.example.org', '*.apps.example.org']],
    ),
    serviceName: optional('Name of the service. Default: the name of the listen.', parsedText('the name of a service', parseServiceName), [
      'ingress',
    ]),
    namespace: withDefault('Namespace of the service.', parsedText('the name of a namespace', parseNamespace), namespaceDefault),
    podPort: optional(
      'Port of the pods: traffic goes to them directly. A name means: ask SRV for it. Exactly one of `podPort`, `servicePort` and `lbServicePort`.',
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
      'With `lbServicePort`: the names of those of `cluster.nodes` to go to. Default: all of them.',
      list('a list of names of nodes', parsedText('the name of a node', readNodeName)),
      [['master']],
    ),
    records: withDefault(
      'Which DNS records tell the pods. `auto` finds out by asking; a named port means `srv`.',
      oneOf(['auto', 'wildcard', 'headless', 'srv']),
      'auto',
    ),
    fallbackServicePort: optional(
      'Port of the ClusterIP that takes over as `backup` when no pod is left. With `podPort` only.',
      port,
      [443],
    ),
    maxExpectedPods: withDefault(
      'Number of server slots. `auto`: sized from what DNS shows, up to 1,000; more only as a number.',
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
    mode: withDefault('`tcp` passes bytes, `http` speaks HTTP.', oneOf(['tcp', 'http']), 'tcp'),
    redirectToHttps: withDefault(
      'Send requests that come without TLS to the same URL with `https` (status 308). Needs mode `http` and a bind with `crt`.',
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
    basicAuth: optional('HTTP basic authentication: who may use this listen. Needs mode `http`.', basicAuth),
    balance: withDefault('Balance algorithm, with its arguments.', parsedText('a balance algorithm', readBalance), 'leastconn'),
    sslBackend: withDefault(
      'TLS to the servers. `true` checks no certificate; or `{verify: required, caFile: FILE, sni: NAME}`.',
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
      'Health checks of the servers. `{tls: true}` or `{tls: {verify: required, caFile: FILE, sni: NAME}}`: over TLS, where the traffic is passed on as it comes.',
      z.union([boolean, z.strictObject({ tls: withDefault('TLS of the health checks.', backendTls, true) }, { error: 'a mapping' })], {
        error: 'true, false, or a mapping with tls',
      }),
      true,
    ),
    extraPodTemplateOptions: withDefault(
      'Options added behind those of each server line, as they stand.',
      parsedText('a line of text', parseOptions),
      '',
    ),
    haproxyExtraConfig: withDefault('Lines added to the listen as they stand.', parsedText('lines of text', parseLines), ''),
  },
  { error: 'a mapping' },
);
