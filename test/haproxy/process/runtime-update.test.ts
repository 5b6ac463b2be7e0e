import { join } from 'node:path';
import { reservePort } from '../../../demo/ports.ts';
import type { RuntimeListen } from '../../../src/haproxy/file/runtime-listens.ts';
import { installedVersion } from '../../../src/haproxy/process/installed-version.ts';
import { patchServers } from '../../../src/haproxy/process/runtime-update.ts';
import type { ServerAction } from '../../../src/haproxy/slots/server-actions.ts';
import { runtimeObstacle } from '../../../src/haproxy-syntax/runtime-servers.ts';
import { assumedVersion } from '../../../src/haproxy-syntax/version.ts';
import { configFile, runHaproxy, tempFolder } from '../../support/haproxy.ts';
import { needs } from '../../support/needs.ts';

const withHaproxy = needs('haproxy');
const never = new AbortController().signal;
const web: RuntimeListen = { options: 'check', weight: 1, others: new Set(), servers: [] };

const samples = `addr 127.0.0.1|allow-0rtt|alpn h2|backup|check|check-reuse-pool|check-pool-conn-name a|check-send-proxy|check-alpn h2
|check-proto h2|check-sni a|check-ssl verify none|check-via-socks4|ciphers ALL|ciphersuites A|cookie a|curves X25519|downinter 1s|error-limit 3
|fall 2|fastinter 1s|force-tlsv12|hash-key id|idle-ping 1s|init-state down|inter 1s|maxconn 5|maxqueue 5|minconn 5|no-backup|no-send-proxy
|no-ssl-reuse|no-tls-tickets|npn h2|observe layer4|on-error mark-down|on-marked-down shutdown-sessions|pool-low-conn 1|pool-max-conn 1
|pool-purge-delay 1s|port 1|proto h2|proxy-v2-options ssl|rise 1|send-proxy|send-proxy-v2|shard 1|slowstart 10s|sni str(a.b)|source 127.0.0.1
|ssl verify none|ssl-max-ver TLSv1.3|ssl-min-ver TLSv1.2|strict-maxconn|tfo|tls-tickets|verifyhost a|weight 10|ws h1|no-check|redir /x|tcp-ut 1s
|resolvers cluster|init-addr none|namespace x|non-stick`
  .replaceAll('\n', '')
  .split('|');

withHaproxy('every option that the table has for this version is accepted by it', async (t) => {
  const folder = await tempFolder(t);
  const file = await configFile(folder, `listen web\n    bind 127.0.0.1:${await reservePort()}\n    balance leastconn`);
  const haproxy = await runHaproxy(t, { folder, files: [file] });
  const version = (await installedVersion('haproxy', process.env, never)) ?? assumedVersion;
  let taken = 0;
  for (const [i, options] of samples.entries()) {
    const obstacle = runtimeObstacle({ balance: ['leastconn'], hashType: [], options: options.split(' ') }, version);
    if (obstacle !== null) continue;
    taken++;
    t.regex(await haproxy.tell(`add server web/s${i} 127.0.0.1:1 ${options}`), /^New server registered/, options);
  }
  t.true(taken > 40);
});

withHaproxy('a thousand servers are added, drained and removed in some connections, and seen', async (t) => {
  const folder = await tempFolder(t);
  const file = await configFile(folder, `listen web\n    bind 127.0.0.1:${await reservePort()}\n    balance leastconn`);
  const haproxy = await runHaproxy(t, { folder, files: [file] });
  const access = { path: join(folder, 'master.sock'), prefix: '@1 ' };
  const each = (action: (i: number) => ServerAction) => Array.from({ length: 1_000 }, (_, i) => action(i));
  const patch = (actions: readonly ServerAction[]) => patchServers(access, new Map([['web', { listen: web, actions }]]), never);
  const count = async () => (await haproxy.tell('show servers state web')).split('\n').filter((line) => / pod\d+ /.test(line)).length;

  t.is(
    (await patch(each((i) => ({ kind: 'add', server: `pod${i}`, address: `127.1.${i >> 8}.${i & 255}:80`, unobserved: false })))).kind,
    'patched',
  );
  t.is(await count(), 1_000);
  t.is((await patch(each((i) => ({ kind: 'drain', server: `pod${i}` })))).kind, 'patched');
  t.is((await patch(each((i) => ({ kind: 'remove', server: `pod${i}`, address: '', close: false })))).kind, 'patched');
  t.is(await count(), 0);
  t.is((await patch([{ kind: 'drain', server: 'pod1' }])).kind, 'outdated', 'HAProxy does not have it');
  t.is(
    (
      await patchServers(
        { ...access, prefix: '@!1 ' },
        new Map([['web', { listen: web, actions: [{ kind: 'drain', server: 'x' }] }]]),
        never,
      )
    ).kind,
    'unanswered',
    'another worker',
  );
});
