import * as z from 'zod/mini';
import { parseBind } from '../bind.ts';
import type { BackendTls } from '../config.ts';
import { parseNamespace, parsePortName, parseServiceName } from '../dns-name.ts';
import { problem } from '../problem.ts';
import { parseLines, parseOptions } from '../verbatim.ts';
import { namespaceDefault } from './defaults.ts';
import { flag, list, oneOf, option, optional, port, reading, text } from './fields.ts';
import { readAbsolutePath, readBalance, readSni } from './haproxy-values.ts';

const sslBackend = z.pipe(
  z.union(
    [
      flag,
      z.strictObject(
        {
          verify: option("Whether the pods' certificates are checked.", oneOf(['required', 'none']), 'required'),
          caFile: optional('Absolute path of the CA file; needed with `verify: required`.', text('a path', readAbsolutePath), [
            '/etc/ssl/certs/ca-certificates.crt',
          ]),
          sni: optional('Name to send, and to check when the certificate is checked.', text('a host name', readSni), ['app.example.org']),
        },
        { error: 'a mapping' },
      ),
    ],
    { error: 'true, false, or a mapping with verify, caFile and sni' },
  ),
  z.transform(
    reading((value): BackendTls => {
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
      'Addresses to listen on: `198.51.100.2:443`, `[2001:db8::1]:443`, `*:80`. Default: `127.0.0.1:` and the port.',
      list('a list of addresses such as ["198.51.100.2:443"]', text('an address such as 198.51.100.2:443', parseBind)),
      [['198.51.100.2:443', '[2a02:238:f030::1000]:443']],
    ),
    serviceName: optional('Name of the service. Default: the name of the listen.', text('the name of a service', parseServiceName), [
      'ingress',
    ]),
    namespace: option('Namespace of the service.', text('the name of a namespace', parseNamespace), namespaceDefault),
    podPort: optional(
      'Port of the pods: traffic goes to them directly. A name means: ask SRV for it. Exactly one of `podPort`, `servicePort` and `lbServicePort`.',
      z.union([port, text('the name of a port', parsePortName)], { error: 'a port number or the name of a port' }),
      [443, 'https'],
    ),
    servicePort: optional('Port of the service: traffic goes to its ClusterIP.', port, [443]),
    lbServicePort: optional('Port of a LoadBalancer or NodePort service: traffic goes to the nodes of `cluster.nodes`.', port, [30443]),
    records: option(
      'Which DNS records tell the pods. `auto` finds out by asking; a named port means `srv`.',
      oneOf(['auto', 'wildcard', 'headless', 'srv']),
      'auto',
    ),
    fallbackServicePort: optional(
      'Port of the ClusterIP that takes over as `backup` when no pod is left. With `podPort` only.',
      port,
      [443],
    ),
    maxExpectedPods: option(
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
    mode: option('`tcp` passes bytes, `http` speaks HTTP.', oneOf(['tcp', 'http']), 'tcp'),
    balance: option('Balance algorithm, with its arguments.', text('a balance algorithm', readBalance), 'leastconn'),
    sslBackend: option(
      'TLS to the servers. `true` checks no certificate; or `{verify: required, caFile: FILE, sni: NAME}`.',
      sslBackend,
      false,
    ),
    sendProxy: option(
      'PROXY protocol to the servers: `true` is `v1`.',
      z.pipe(
        z.union([flag, oneOf(['v1', 'v2'])], { error: 'true, false, v1 or v2' }),
        z.transform((value): 'none' | 'v1' | 'v2' => (value === true ? 'v1' : value === false ? 'none' : value)),
      ),
      false,
    ),
    check: option('Health checks of the servers.', flag, true),
    extraPodTemplateOptions: option(
      'Options added behind those of each server line, as they stand.',
      text('a line of text', parseOptions),
      '',
    ),
    haproxyExtraConfig: option('Lines added to the listen as they stand.', text('lines of text', parseLines), ''),
  },
  { error: 'a mapping' },
);
