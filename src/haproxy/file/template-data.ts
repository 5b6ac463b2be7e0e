import { serverShape } from './server-shape.ts';
import { flag, line, list, maybe, object, type TemplateShape, word, words } from './template-shape.ts';

const users = object({
  list: word('the name of the list, which the rule of basic authentication names'),
  group: maybe(word(''), 'the group whose members have access; absent when every user has'),
  accounts: list(
    object({ user: word('the name of the user'), hash: line('the hash of the password, as crypt(3) writes it: `{{{hash}}}`') }),
    'the users',
  ),
});

const frontend = object({
  name: word('the name of the frontend: `_shared_` and the first of its listens'),
  binds: list(words('an address as it was configured, and `ssl crt FILE ...` where TLS ends there'), 'the addresses to listen on: `{{.}}`'),
  mode: word('`tcp` or `http`'),
  handshake: flag('TLS passes through, so that HAProxy waits for its handshake'),
  routes: list(
    object({
      by: word('the sample that HAProxy compares: `req.ssl_sni`, `ssl_fc_sni` or `req.hdr(host),field(1,:)`'),
      host: word('the name, or its end: `.example.org`'),
      below: flag('the name is an end, for every name below it'),
      listen: word('the name of the listen that it leads to'),
    }),
    'the names and where they lead, the most specific first',
  ),
  fallback: maybe(word(''), 'the name of the listen for every other name'),
});

const listen = object({
  name: word('the name of the listen'),
  section: word('`listen`, or `backend` behind a frontend'),
  binds: list(
    words('an address as it was configured, and `ssl crt FILE alpn ...` where TLS ends there'),
    'the addresses to listen on, none behind a frontend: `{{.}}`',
  ),
  mode: word('`tcp` or `http`'),
  rules: list(words('a line'), 'rules for requests and responses: redirect to TLS, basic authentication, HSTS: `{{.}}`'),
  balance: words('the balancing algorithm, with its arguments'),
  servers: list(serverShape, 'the servers, pods first in the order of their slots'),
  extra: list(line('a line'), 'the lines of `haproxyExtraConfig`: `{{{.}}}`'),
  users: maybe(users, 'the users of basic authentication'),
});

const resolvers = object({
  nameservers: list(
    object({ id: word('`dns1`, `dns2`, ...'), address: word('`address:port`, with the prefix `tcp@` where TCP is needed') }),
    'the cluster DNS servers',
  ),
  payload: word('the largest DNS answer that HAProxy accepts, in bytes'),
  poll: word('time between two resolutions, such as `1s`'),
  holdNx: word('the time for which servers stay whose name does not exist: `30s`, or `24h` while `pace.keepLost` keeps them'),
});

/** The data of `haproxy.cfg.mustache` and the parts that it includes. docs/templates.md is generated from it. */
export const fileShape: TemplateShape = object({
  full: flag('the layout is `full`, with global, defaults and the stats page'),
  global: object({
    socket: maybe(word(''), 'path of the stats socket'),
    level: word('the level of that socket: `admin` where servers are changed through it, else `user`'),
    localPeer: maybe(word(''), 'the name of this HAProxy among the peers'),
    lines: list(line('a line'), 'the lines of `haproxy.global`: `{{{.}}}`'),
  }),
  defaults: object({ lines: list(line('a line'), 'the lines of `haproxy.defaults`: `{{{.}}}`') }),
  stats: maybe(word(''), 'address of the stats page'),
  peers: maybe(
    object({ members: list(object({ name: word('the name of a peer'), address: word('its address') }), 'all peers, including this one') }),
    'the HAProxys that share their stick tables',
  ),
  resolvers: maybe(
    resolvers,
    'the cluster DNS that HAProxy asks; absent where no name server is known, because all pods come from the Kubernetes API',
  ),
  frontends: list(frontend, 'the frontends of listens that share their addresses by `hosts`'),
  listens: list(listen, 'the listens, in the order of the configuration'),
});

/** The names of the parts; each is a file `NAME.mustache` that may be replaced on its own. */
export const partNames = [
  'haproxy.cfg',
  'head',
  'global',
  'defaults',
  'default-server',
  'stats',
  'peers',
  'resolvers',
  'frontend',
  'listen',
  'users',
  'server',
] as const;
