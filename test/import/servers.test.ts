import test from 'ava';
import { readProxyServers, sortServers } from '../../src/import/servers.ts';
import { configLines } from '../support/config-lines.ts';

const pods = 'web.default.svc.cluster.local';

function read(...texts: readonly string[]) {
  const servers = readProxyServers(configLines(...texts));
  if (typeof servers === 'string') throw new Error(servers);
  return servers;
}
const sorted = (...texts: readonly string[]) => sortServers(read(...texts));
const whyNot = (...texts: readonly string[]) => {
  const { kind, ...rest } = sorted(...texts);
  return kind === 'none' && 'why' in rest ? rest.why : kind;
};

test('a template counts its slots, and a server is one', (t) => {
  t.deepEqual(
    read(`server-template pod 20 ${pods}:80`, `server-template pod 3-5 ${pods}:80`, `server a ${pods}:80`).map(
      ({ id, slots, template }) => [id, slots, template],
    ),
    [
      ['pod', 20, true],
      ['pod', 3, true],
      ['a', 1, false],
    ],
  );
});

test('default-server holds for the servers behind it, and an option of the line wins', (t) => {
  const [before, after, own] = read(
    'server a 192.0.2.1:80',
    'default-server check send-proxy',
    'server b 192.0.2.2:80',
    'server c 192.0.2.3:80 send-proxy-v2',
  );
  t.deepEqual(
    [before, after, own].map((server) => [server?.options.check, server?.options.sendProxy]),
    [
      [false, 'none'],
      [true, 'v1'],
      [true, 'v2'],
    ],
  );
});

test('a line that cannot be counted or is cut off is named', (t) => {
  const why = (text: string) => readProxyServers(configLines(text));
  t.is(why('server a'), 'its line 1 is not complete');
  t.is(why(`server-template pod ${pods}:80`), 'its line 1 is not complete');
  t.is(why(`server-template pod 5-3 ${pods}:80`), 'the slots of its line 1, 5-3, cannot be counted');
  t.is(why(`server-template pod x ${pods}:80`), 'the slots of its line 1, x, cannot be counted');
});

test('servers of one name are pods, and lines beside a template are its seeds', (t) => {
  t.like(sorted(`server-template pod 20 ${pods}:80`, `server pod21 ${pods}:80`), { kind: 'pods', backup: null });
  t.like(sorted(`server a ${pods}:80`, `server b ${pods}:80`), { kind: 'pods' });
  t.like(sorted(`server-template pod 20 *.${pods}:80`), { kind: 'pods', target: { records: 'wildcard' } });
});

test('one plain name is the service, and beside pods of it a backup is the fallback', (t) => {
  t.like(sorted(`server a ${pods}:80`), { kind: 'service', target: { service: 'web', namespace: 'default' } });
  t.like(sorted(`server-template pod 20 *.${pods}:80`, `server service ${pods}:81 backup`), { kind: 'pods', backup: { id: 'service' } });
  t.like(sorted(`server-template pod 9 ${pods}:80`, 'server b api.default.svc.cluster.local:80 backup'), {
    kind: 'pods',
    backup: { id: 'b' },
  });
});

test('addresses of one port are nodes', (t) => {
  t.like(sorted('server a 192.0.2.1:30080', 'server b 192.0.2.2:30080'), { kind: 'nodes', port: 30080 });
});

for (const [why, ...texts] of [
  ['it has no servers'],
  ['its line 1 reaches no service of a cluster', 'server a www.example.org:80'],
  ['its servers follow different services', `server a ${pods}:80`, 'server b api.default.svc.cluster.local:80'],
  ['its servers are all, or more than one of them, for backup', `server a ${pods}:80 backup`],
  ['podfront has no key for a service with another as backup', `server a ${pods}:80`, `server b ${pods}:81 backup`],
  [
    'its backup is no service of the namespace of its pods',
    `server-template pod 9 ${pods}:80`,
    'server b web.other.svc.cluster.local:80 backup',
  ],
  ['its servers are addresses with different ports', 'server a 192.0.2.1:1', 'server b 192.0.2.2:2'],
  ['some of its addresses are for backup', 'server a 192.0.2.1:1', 'server b 192.0.2.2:1 backup'],
] as const)
  test(`nothing is made of servers where ${why}`, (t) => {
    t.is(whyNot(...texts), why);
  });
