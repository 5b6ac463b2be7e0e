import type { Shape } from './template.ts';

const word = (about: string): Shape => ({ kind: 'word', about });
const words = (about: string): Shape => ({ kind: 'words', about });
const line = (about: string): Shape => ({ kind: 'line', about });
const flag = (about: string): Shape => ({ kind: 'flag', about });
const maybe = (of: Shape, about: string): Shape => ({ kind: 'maybe', of, about });
const list = (of: Shape, about: string): Shape => ({ kind: 'list', of, about });
const object = (fields: Readonly<Record<string, Shape>>): Shape => ({ kind: 'object', fields });

const options = object({
  check: flag('health checks are wanted'),
  resolved: flag('the target is a name that HAProxy resolves through `resolvers cluster`'),
  family: word('`ipv4` or `ipv6`, for `resolve-prefer`'),
  srv: flag('the target is an SRV name'),
  tls: maybe(words(''), 'the TLS options, such as `ssl verify none`'),
  proxy: maybe(word(''), '`send-proxy` or `send-proxy-v2`'),
  extra: maybe(line(''), '`extraPodTemplateOptions`, for pods only'),
  backup: flag('used only when no other server is left'),
});

const server = object({
  directive: word('`server`, or `server-template` for a run of free slots'),
  id: word('the name: `pod3`, `service`, a node; for `server-template` the prefix `pod`'),
  range: maybe(word(''), 'for `server-template` the slots: `20`, or `3-20`'),
  target: word('what is connected to: a name or an address, with `:port`; an SRV name of free slots stands without port'),
  seed: maybe(word(''), 'for `init-addr`: the last known address, or `none`; absent where nothing is resolved'),
  options,
});

const listen = object({
  name: word('the name of the listen'),
  binds: list(word('an address as it was configured'), 'the addresses to listen on, one word each: `{{.}}`'),
  mode: word('`tcp` or `http`'),
  balance: words('the balancing algorithm, with its arguments'),
  servers: list(server, 'the servers, pods first in the order of their slots'),
  extra: list(line('a line'), 'the lines of `haproxyExtraConfig`: `{{{.}}}`'),
});

const resolvers = object({
  nameservers: list(
    object({ id: word('`dns1`, `dns2`, ...'), address: word('`address:port`, with `tcp@` in front where TCP is needed') }),
    'the cluster DNS servers',
  ),
  payload: word('bytes HAProxy takes in one DNS answer'),
  poll: word('time between two resolutions, such as `1s`'),
});

/** What `haproxy.cfg.mustache` and the parts it includes may use. docs/templates.md is generated from it. */
export const fileShape: Shape = object({
  full: flag('the layout is `full`, so that global, defaults and the stats page are wanted'),
  global: object({
    socket: maybe(word(''), 'path of the stats socket'),
    lines: list(line('a line'), 'the lines of `haproxy.global`: `{{{.}}}`'),
  }),
  defaults: object({ lines: list(line('a line'), 'the lines of `haproxy.defaults`: `{{{.}}}`') }),
  stats: maybe(word(''), 'address of the stats page'),
  resolvers,
  listens: list(listen, 'the listens, in the order of the configuration'),
});

/** The parts podfront knows, by name; each is a file `NAME.mustache` that may be replaced on its own. */
export const partNames = ['haproxy.cfg', 'head', 'global', 'defaults', 'stats', 'resolvers', 'listen', 'server'] as const;
