import { flag, line, maybe, object, type TemplateShape, word, words } from './template-shape.ts';

/** The data of templates/server.mustache. */
export const serverShape: TemplateShape = object({
  directive: word('`server`, or `server-template` for a run of free slots'),
  id: word('the name: `pod3`, `service`, a node; for `server-template` the prefix `pod`'),
  range: maybe(word(''), 'for `server-template` the slots: `20`, or `3-20`'),
  target: word('the target: a name or an address, with `:port`; an SRV name of free slots has no port'),
  seed: maybe(word(''), 'for `init-addr`: the last known address, or `none`; absent where the target is not a name'),
  options: object({
    check: flag('health checks are enabled'),
    observed: flag('a refused connection marks it down; false where it represents many pods, or is the only pod'),
    resolved: flag('the target is a name that HAProxy resolves through `resolvers cluster`'),
    family: word('`ipv4` or `ipv6`, for `resolve-prefer`'),
    srv: flag('the target is an SRV name'),
    tls: maybe(words(''), 'the TLS options, such as `ssl verify none`'),
    proxy: maybe(word(''), '`send-proxy` or `send-proxy-v2`'),
    extra: maybe(line(''), '`extraPodTemplateOptions`; absent for the fallback of pods'),
    draining: flag('it keeps its connections, and gets no new ones'),
    backup: flag('used only when no other server is left'),
  }),
});
