import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { reservePort } from '../../../demo/ports.ts';
import { parseProxyStats } from '../../../src/haproxy/process/proxy-stats.ts';
import { type Health, readBackendServers, watchHealth } from '../../../src/haproxy/process/watch-health.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { configFile, runHaproxy, tempFolder } from '../../support/haproxy.ts';
import { needs } from '../../support/needs.ts';

const noReload = { kind: 'none' } as const;

/** The health readings until one is as wanted. */
async function untilHealth(haproxy: Parameters<typeof watchHealth>[0], wanted: (health: Health) => boolean): Promise<Health> {
  const stop = new AbortController();
  let last: Health = { kind: 'unknown', why: 'never read' };
  const timeout = setTimeout(() => stop.abort(new Error(`not as wanted: ${JSON.stringify(last)}`)), 60_000);
  const found = new Error('found');
  try {
    await watchHealth(
      haproxy,
      (health) => {
        last = health;
        if (wanted(health)) stop.abort(found);
      },
      systemClock,
      stop.signal,
    );
    return last;
  } catch (error) {
    if (error !== found) throw error;
    return last;
  } finally {
    clearTimeout(timeout);
  }
}

const backendOf = (health: Health, name: string) => (health.kind === 'known' ? health.backends.get(name) : undefined);

needs('haproxy')('the health of servers is read over the stats socket and over the master socket', async (t) => {
  const folder = await tempFolder(t);
  const [good, bad] = [await reservePort(), await reservePort()];
  const pod = createServer((socket) => socket.end()).listen(good, '127.0.0.1');
  t.teardown(() => pod.close());
  const file = await configFile(
    folder,
    [
      `listen web\n    bind 127.0.0.1:${await reservePort()}`,
      `    server pod1 127.0.0.1:${good} check inter 200ms`,
      `    server pod2 127.0.0.1:${bad} check inter 200ms fall 1`,
      `    server pod3 127.0.0.1:${bad} check inter 200ms disabled`,
      `    server vip 127.0.0.1:${good} backup`,
      `listen dead\n    bind 127.0.0.1:${await reservePort()}`,
      `    server pod1 127.0.0.1:${bad} check inter 200ms fall 1`,
    ].join('\n'),
  );
  const haproxy = await runHaproxy(t, { folder, files: [file] });
  for (const from of [
    { reload: noReload, socket: haproxy.stats },
    { reload: { kind: 'master', socket: haproxy.master }, socket: null },
  ] as const) {
    const health = await untilHealth(from, (now) => backendOf(now, 'dead')?.up === 0 && backendOf(now, 'web')?.down === 1);
    const web = backendOf(health, 'web');
    t.like(web, { up: 2, backupsUp: 1, down: 1, maintenance: 1, draining: 0, sessions: 0 });
    // HAProxy 3.4: "ECONNREFUSED returned by OS (Connection refused)".
    t.regex(web?.lastCheck ?? '', /^pod2: L4CON: .*Connection refused/);
    t.like(backendOf(health, 'dead'), { up: 0, down: 1, outages: 1 });
    if (web === undefined) return;
    const servers = await readBackendServers(from, web, new AbortController().signal);
    t.deepEqual(
      servers?.map(({ name, address, state, backup }) => [name, address, state, backup]),
      [
        ['pod1', `127.0.0.1:${good}`, 'up', false],
        ['pod2', `127.0.0.1:${bad}`, 'down', false],
        ['pod3', `127.0.0.1:${bad}`, 'maintenance', false],
        ['vip', `127.0.0.1:${good}`, 'up', true],
      ],
    );
  }
});

test('without a socket, and where nobody or another program answers, health is not known, with the reason', async (t) => {
  const folder = await tempFolder(t);
  const why = async (haproxy: Parameters<typeof watchHealth>[0]) => {
    const health = await untilHealth(haproxy, ({ kind }) => kind === 'unknown');
    return health.kind === 'unknown' ? health.why : null;
  };
  t.is(await why({ reload: noReload, socket: null }), 'neither haproxy.socket nor haproxy.reload.master is set');
  const path = join(folder, 'x.sock');
  t.is(await why({ reload: noReload, socket: path }), `HAProxy does not answer on ${path}: ENOENT`);
  const other = createServer((socket) => socket.end('hello\n')).listen(path);
  t.teardown(() => other.close());
  t.is(await why({ reload: noReload, socket: path }), `${path} does not answer show stat as HAProxy does`);
});

test('rows with quotes, and states on the way from one to another, are understood', (t) => {
  const text = [
    '# pxname,svname,qcur,status,bck,type,iid,check_status,last_chk,addr,',
    'a,one,0,UP 1/3,0,2,4,* L4TMO,"a ""b"", c",127.0.0.1:1,',
    'a,two,0,DOWN 1/2,0,2,4,,,,',
    'a,three,0,MAINT (via x/y),1,2,4,,,,',
    'a,four,0,NOLB,0,2,4,,,,',
    'a,five,0,MAINT (resolution),0,2,4,,,,',
    'a,FRONTEND,0,OPEN,,0,4,,,,',
  ].join('\n');
  t.deepEqual(
    parseProxyStats(text)
      ?.servers.get('a')
      ?.map(({ name, state, check, address }) => [name, state, check, address]),
    [
      ['one', 'up', 'L4TMO: a "b", c', '127.0.0.1:1'],
      ['two', 'down', null, null],
      ['three', 'maintenance', null, null],
      ['four', 'draining', null, null],
      ['five', 'unresolved', null, null],
    ],
  );
  t.is(parseProxyStats('Unknown command'), null);
});

test('rows that no HAProxy writes end nothing: quotes left open, lines of megabytes, numbers that are none', (t) => {
  const head = '# pxname,svname,scur,type,iid,last_chk,\n';
  const huge = 'a'.repeat(8 << 20);
  for (const line of [`"${huge}"`, `"${huge}`, `"${'""'.repeat(4 << 20)}`, '",'.repeat(4 << 20), ','.repeat(8 << 20)])
    t.is(parseProxyStats(`${head}${line}\n`), null);
  // Less than what is refused is read, whatever it is.
  for (const line of ['"', '""', '"""', '"a""', '"'.repeat(60_000), '",'.repeat(30_000)])
    t.truthy(parseProxyStats(`${head}${line}\n`), line);
  const [backend] = parseProxyStats(`${head}a,BACKEND,many,1,4,"x\n`)?.backends ?? [];
  t.is(backend?.sessions, 0);
});
