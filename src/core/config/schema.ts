import * as z from 'zod/mini';
import type { BackendTls, Reload } from '../config.ts';
import { parseDomain, parseNamespace, parsePortName, parseServiceName } from '../dns-name.ts';
import { durationPattern, parseDuration } from '../duration.ts';
import { problem } from '../problem.ts';
import { parseLines, parseOptions } from '../verbatim.ts';
import { flag, group, list, named, oneOf, option, optional, port, reading, text } from './fields.ts';
import * as read from './values.ts';

const duration = (least: string, most: string) =>
  text(`a duration such as 1s, from ${least} to ${most}`, (value) => parseDuration(value, least, most), durationPattern);
const path = text('a path', read.readPath);
const lines = text('lines of text', parseLines);
const address = text('an IP address', read.readAddress);
const network = text('a network such as 10.0.0.0/24', read.readNetwork);

const cluster = z.strictObject(
  {
    domain: option('DNS domain of the cluster.', text('a domain', parseDomain), 'cluster.local'),
    nameservers: optional(
      'Cluster DNS servers, by address: `10.0.0.254`, `10.0.0.254:53`, `[fd00::a]:53`, `tcp@10.0.0.254`. Default: the NixOS rule, the first three octets of the first IPv4 service network and `.254`, where that lies inside it.',
      list('a list of addresses such as ["10.0.0.254"]', text('an address such as 10.0.0.254', read.readNameserver)),
      [['10.0.0.254']],
    ),
    serviceNetworks: option(
      'Networks of the ClusterIPs: IPv4, IPv6 or both.',
      list('a list of networks such as ["10.0.0.0/24"]', network),
      ['10.0.0.0/24'],
    ),
    podNetworks: option('Networks of the pods: IPv4, IPv6 or both.', list('a list of networks such as ["10.1.0.0/16"]', network), [
      '10.1.0.0/16',
    ]),
    dashboardClusterIP: optional('ClusterIP of the dashboard, for `check-networks`.', address, ['10.0.0.250']),
    existingNetworks: option(
      'Networks that exist around this machine, by name, for `check-networks`. A single address is a network of one.',
      named('a mapping of names to networks', (name) => name, text('a network such as 192.168.0.0/16', read.readAnyNetwork)),
      {},
    ),
    master: optional('Host name or address of the API server, for `doctor`.', text('a host name', read.readHost), [
      'kubernetes.example.org',
    ]),
    nodes: option(
      'Nodes by name, with the address that `lbServicePort` reaches.',
      named('a mapping of names to addresses', read.readNodeName, address),
      {},
    ),
  },
  { error: 'a mapping' },
);

const reloads = z.strictObject(
  {
    systemd: optional('A systemd unit to reload.', text('the name of a systemd unit', read.readUnit)),
    master: optional("HAProxy's master CLI socket.", text('the path of a unix socket', read.readSocket)),
    pidfile: optional('File with the pid of the HAProxy master, which gets SIGUSR2.', text('a path', read.readAbsolutePath)),
    command: optional('A command and its arguments, run without a shell.', list('a list of words', text('a word', read.readArgument))),
  },
  { error: 'a mapping' },
);

const reload = z.pipe(
  z.union([z.literal('none'), reloads], {
    error: 'none, or one of {systemd: UNIT}, {master: SOCKET}, {pidfile: FILE} and {command: [...]}',
  }),
  z.transform(
    reading((value): Reload => {
      if (value === 'none') return { kind: 'none' };
      const { systemd, master, pidfile, command } = value;
      const ways: readonly (Reload | null)[] = [
        systemd === null ? null : { kind: 'systemd', unit: systemd },
        master === null ? null : { kind: 'master', socket: master },
        pidfile === null ? null : { kind: 'pidfile', file: pidfile },
        command === null ? null : { kind: 'command', command },
      ];
      const [way, second] = ways.filter((candidate) => candidate !== null);
      const hint = 'write one of systemd, master, pidfile and command, or none';
      if (way === undefined) throw problem('config.conflict', { what: 'no way to reload is named', hint });
      if (second !== undefined)
        throw problem('config.conflict', { what: `two ways to reload are named, ${way.kind} and ${second.kind}`, hint });
      if (way.kind === 'command' && (way.command[0] ?? '') === '')
        throw problem('config.conflict', { what: 'the command to reload is empty', hint });
      return way;
    }),
  ),
);

const haproxy = z.strictObject(
  {
    output: option('The file `watch` keeps.', path, '/etc/haproxy/haproxy.cfg'),
    layout: option(
      '`full`: global, defaults, resolvers and listens. `fragment`: resolvers and listens only.',
      oneOf(['full', 'fragment']),
      'full',
    ),
    with: option('Other files HAProxy loads beside ours, in their order: they are checked together.', list('a list of paths', path), []),
    binary: option('The HAProxy program: a name looked up in PATH, or a path.', path, 'haproxy'),
    version: option(
      'HAProxy version to write for: only keywords it knows are used. `auto` asks the program.',
      z.pipe(
        z.union([z.string(), z.number()], { error: 'auto, or a version such as "2.6"' }),
        z.transform(reading((v) => read.readVersion(String(v)))),
      ),
      'auto',
    ),
    reload: option(
      'How HAProxy is told to read its file again: `{systemd: UNIT}`, `{master: SOCKET}`, `{pidfile: FILE}`, `{command: [...]}` or `none`.',
      reload,
      {
        systemd: 'haproxy.service',
      },
    ),
    socket: optional("HAProxy's stats socket, for reading.", text('the path of a unix socket', read.readSocket), [
      '/run/haproxy/haproxy.sock',
    ]),
    templates: optional('Folder of templates: files in it replace the built-in ones of the same name.', path, ['./templates']),
    global: option('Lines added to `global` as they stand.', lines, ''),
    defaults: option('Lines added to `defaults` as they stand.', lines, ''),
    stats: option(
      "Address of HAProxy's stats page in layout `full`, or `none`.",
      text('an address such as 127.0.0.1:8000, or none', read.readStats),
      '127.0.0.1:8000',
    ),
  },
  { error: 'a mapping' },
);

const pace = z.strictObject(
  {
    poll: option('Time between two questions to cluster DNS.', duration('50ms', '1h'), '1s'),
    settle: group(
      'Quiet time before a change is acted on, and the longest wait for it.',
      z.strictObject(
        {
          min: option('Quiet time after a change.', duration('0ms', '1m'), '200ms'),
          max: option('Longest wait while changes go on.', duration('0ms', '10m'), '5s'),
        },
        { error: 'a mapping with min and max' },
      ),
    ),
    reloadEvery: option('Least time between two reloads; the first is immediate.', duration('0s', '1h'), '10s'),
  },
  { error: 'a mapping' },
);

const sslBackend = z.pipe(
  z.union(
    [
      flag,
      z.strictObject(
        {
          verify: option("Whether the pods' certificates are checked.", oneOf(['required', 'none']), 'required'),
          caFile: optional('Absolute path of the CA file; needed with `verify: required`.', text('a path', read.readAbsolutePath), [
            '/etc/ssl/certs/ca-certificates.crt',
          ]),
          sni: optional('Name to send: a host name, or a HAProxy expression such as `req.hdr(host)`.', text('a host name', read.readSni), [
            'app.example.org',
          ]),
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

const listen = z.strictObject(
  {
    binds: optional(
      'Addresses to listen on: `198.51.100.2:443`, `[2001:db8::1]:443`, `*:80`. Default: `127.0.0.1:` and the port.',
      list('a list of addresses such as ["198.51.100.2:443"]', text('an address such as 198.51.100.2:443', read.readBind)),
      [['198.51.100.2:443', '[2a02:238:f030::1000]:443']],
    ),
    serviceName: optional('Name of the service. Default: the name of the listen.', text('the name of a service', parseServiceName), [
      'ingress',
    ]),
    namespace: option('Namespace of the service.', text('the name of a namespace', parseNamespace), 'default'),
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
    balance: option('Balance algorithm, with its arguments.', text('a balance algorithm', read.readBalance), 'leastconn'),
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
    haproxyExtraConfig: option('Lines added to the listen as they stand.', lines, ''),
  },
  { error: 'a mapping' },
);

/** The one schema of podfront.yaml: values are checked by it, and the types and the JSON Schema come from it. */
export const schema = z.strictObject(
  {
    cluster: group('The cluster and its networks.', cluster),
    haproxy: group('HAProxy, its file and how it is told.', haproxy),
    status: option(
      'Where `watch` serves health, metrics and status: an address such as `127.0.0.1:9180`, the absolute path of a unix socket, or `none`.',
      text('none, an address such as 127.0.0.1:9180, or the path of a unix socket', read.readStatus),
      'none',
    ),
    pace: group('How often podfront asks, and how it waits.', pace),
    listen: option(
      'The listens, by name: what HAProxy offers, and the service each one reaches.',
      named('a mapping of names to listens', read.readListenName, listen),
      {},
    ),
  },
  { error: 'a mapping with the keys cluster, haproxy, status, pace and listen' },
);

/** What a user may write. */
export type ConfigInput = z.input<typeof schema>;
/** What the schema makes of it, before what belongs together is compared. */
export type Settings = z.output<typeof schema>;
export type ListenSettings = Settings['listen'][number]['value'];
