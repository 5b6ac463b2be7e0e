import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import { certificate } from '../support/certificates.ts';
import { atWork, eventually, type Frontend } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';
import { ask } from '../support/ways-in.ts';

// What podfront does while a change cannot be made: it says so, and everything else goes on.
const haproxyTest = needs('haproxy');
const tlsTest = needs('haproxy', 'openssl');

const second = ({ pods }: Pick<Frontend, 'pods'>, port: number, more: Readonly<Record<string, unknown>> = {}) => ({
  second: { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: pods.port, mode: 'http', ...more },
});
const seeds = (text: string, listen: string) =>
  [...(new RegExp(`^(?:listen|backend) ${listen}\\n(?: .*\\n)+`, 'm').exec(text)?.[0] ?? '').matchAll(/init-addr (127\S+)/g)].length;

haproxyTest('While a file is refused as a whole, the one in place follows the pods, and a restarted HAProxy serves from it', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  await front.configure({ haproxy: { global: 'nonsense' } });
  await watching.until(({ refused }) => refused.length === 1);
  await front.scale(4);
  await eventually('the file in place has four seeds', async () => seeds(await front.text(), 'web') === 4);
  t.false((await front.text()).includes('nonsense'));
  const { plan, problem, refused, refreshes, haproxy: seen } = await watching.status();
  t.deepEqual([plan.kind, problem?.code, refused[0]?.listen], ['hold', 'haproxy.refused', null]);
  t.true(refreshes >= 1);
  t.false(seen.current);
  await watching.says(/wrote the current addresses into the current file/);
  t.is((await haproxy.processes()).reloads, 0);

  front.cluster.fault('silent');
  await haproxy.stop();
  await front.startHaproxy();
  t.regex(await front.get(), /^pod/);
  front.cluster.fault('none');
  await front.configure({ haproxy: { global: 'maxconn 123' } });
  await watching.until(({ refused, haproxy, problem }) => refused.length === 0 && problem === null && haproxy.current);
  t.true((await front.text()).includes('maxconn 123'));
});

haproxyTest('A listen that is left as it was follows its pods', async (t) => {
  const { front, watching } = await atWork(t);
  const port = await reservePort();
  await front.configure({ listen: second(front, port) });
  await watching.until(({ reloads }) => reloads === 1);
  await front.configure({ listen: second(front, port, { haproxyExtraConfig: 'nonsense' }) });
  await watching.until(({ listens }) => listens[1]?.left?.code === 'haproxy.refused');
  await front.scale(5);
  await eventually('both have five seeds', async () => seeds(await front.text(), 'web') === 5 && seeds(await front.text(), 'second') === 5);
  t.false((await front.text()).includes('nonsense'));
});

haproxyTest('A master socket that vanished is no reason for the file to grow stale', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  await rename(haproxy.master, `${haproxy.master}.gone`);
  await front.configure({ listen: second(front, await reservePort()) });
  await watching.until(({ plan }) => plan.kind === 'hold');
  await front.scale(4);
  await eventually('the file has four seeds', async () => seeds(await front.text(), 'web') === 4);
  t.false((await front.text()).includes('listen second'));
  t.is((await watching.status()).plan.kind, 'hold');
});

tlsTest('Of listens that share an address the one with a broken certificate is left as it was, and the others go on', async (t) => {
  const port = await reservePort();
  const names = ['one', 'two', 'three'];
  const pem = new Map<string, string>();
  const shared = (front: Frontend, crts: Readonly<Record<string, string>>) => ({
    listen: Object.fromEntries(
      Object.entries(crts).map(([name, crt]) => [
        name,
        {
          binds: [{ address: `127.0.0.1:${port}`, crt: join(front.folder, crt) }],
          hosts: [`${name}.example.org`],
          serviceName: 'web',
          podPort: front.pods.port,
          mode: 'http',
        },
      ]),
    ),
  });
  const { front, watching } = await atWork(t, (front) => {
    for (const name of names) pem.set(name, certificate(join(front.folder, `${name}.pem`), `${name}.example.org`));
    return shared(front, { one: 'one.pem', two: 'two.pem' });
  });
  const get = async (name: string) => {
    const host = `${name}.example.org`;
    return (await ask({ port, tls: { servername: host, ca: pem.get(name) ?? '' }, headers: { host } })).status;
  };
  t.deepEqual([await get('one'), await get('two')], [200, 200]);

  await writeFile(join(front.folder, 'broken.pem'), 'no certificate\n');
  await front.configure(shared(front, { one: 'one.pem', two: 'broken.pem', three: 'three.pem' }));
  const { listens, refused } = await watching.until(({ reloads }) => reloads === 1);
  t.deepEqual(
    listens.map(({ listen, left }) => [listen, left?.code ?? null]),
    [
      ['web', null],
      ['one', null],
      ['two', 'haproxy.refused'],
      ['three', null],
    ],
  );
  t.deepEqual(
    refused.map(({ listen }) => listen),
    ['two'],
  );
  t.regex(listens[2]?.left?.lines.join('\n') ?? '', /listen two: .*unable to load certificate .*broken\.pem/);
  t.deepEqual([await get('one'), await get('two'), await get('three')], [200, 200, 200]);

  // Mended in place, it is tried again.
  pem.set('two', certificate(join(front.folder, 'broken.pem'), 'two.example.org'));
  await watching.until(({ refused, reloads }) => refused.length === 0 && reloads === 2);
  t.deepEqual([await get('one'), await get('two'), await get('three')], [200, 200, 200]);
  t.false((await front.text()).includes('/two.pem'));
});

tlsTest('A certificate that is damaged under a running HAProxy holds changes and is named, and what runs goes on', async (t) => {
  const port = await reservePort();
  let [crt, text, binary, log] = ['', '', '', ''];
  const tls = (front: Frontend) => second(front, port, { binds: [{ address: `127.0.0.1:${port}`, crt }] });
  const { front, watching, haproxy } = await atWork(t, (front) => {
    [crt, binary, log] = ['two.pem', 'checker', 'checks'].map((name) => join(front.folder, name)) as [string, string, string];
    text = certificate(crt, 'two.example.org');
    writeFileSync(binary, `#!/bin/sh\necho "$*" >> ${log}\nexec haproxy "$@"\n`, { mode: 0o755 });
    return { haproxy: { binary }, listen: tls(front) };
  });
  const get = async () => (await ask({ port, tls: { servername: 'two.example.org', ca: text } })).status;
  t.is(await get(), 200);
  await writeFile(crt, '');
  const third = await reservePort();
  await front.configure({ haproxy: { binary }, listen: { ...tls(front), third: second(front, third).second } });
  const { listens, problem } = await watching.until(({ plan, listens }) => plan.kind === 'hold' && listens.length === 3);
  t.is(problem?.code, 'haproxy.refused');
  t.is(listens[1]?.left?.code, 'haproxy.refused');
  t.is(await get(), 200);
  t.is((await haproxy.processes()).reloads, 0);
  // It is not tried again and again.
  const checks = async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('-c ')).length;
  const [before, since] = [await checks(), Date.parse((await watching.status()).listens[0]?.since ?? '')];
  await eventually('two seconds have passed', async () => Date.parse((await watching.status()).listens[0]?.since ?? '') > since + 2_000);
  t.is(await checks(), before);
  await writeFile(crt, text);
  await watching.until(({ reloads, problem }) => reloads === 1 && problem === null);
  t.is(await get(), 200);
  t.regex(await front.get(third), /^pod/);
});

haproxyTest('Listens that share an address which another program took are left out, and come when it is free', async (t) => {
  const taken = await reservePort();
  const other = createServer().listen(taken, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const { front, watching, haproxy } = await atWork(t);
  const third = await reservePort();
  const shared = { ...second(front, taken).second };
  await front.configure({
    listen: {
      a: { ...shared, hosts: ['a.example.org'] },
      b: { ...shared, hosts: ['b.example.org'] },
      third: second(front, third).second,
      fourth: { ...shared, binds: ['198.51.100.77:4443'], hosts: ['d.example.org'] },
    },
  });
  const { listens } = await watching.until(({ reloads, listens }) => reloads === 1 && listens.length === 5);
  t.deepEqual(
    listens.map(({ listen, left }) => [listen, left?.code ?? null]),
    [
      ['web', null],
      ['a', 'bind.taken'],
      ['b', 'bind.taken'],
      ['third', null],
      ['fourth', 'bind.not-owned'],
    ],
  );
  t.regex(listens[1]?.left?.message ?? '', new RegExp(`bind 127\\.0\\.0\\.1:${taken} of listens a, b: port ${taken} is taken`));
  t.regex(await front.get(third), /^pod/);
  t.false((await front.text()).includes('_shared_'));
  other.close();
  await watching.until(({ reloads }) => reloads === 2);
  t.is((await ask({ port: taken, headers: { host: 'b.example.org' } })).status, 200);
  t.is((await haproxy.processes()).failed, 0);
});

needs('haproxy', 'ipv6')(
  'A shared address that only the reload finds taken is left out after one rollback, and the others go on',
  async (t) => {
    // Whether a socket on :: takes IPv4 too is not to be seen beforehand.
    const other = createServer().listen({ port: 0, host: '::', ipv6Only: false });
    await once(other, 'listening');
    t.teardown(() => other.close());
    const taken = (other.address() as { port: number }).port;
    const third = await reservePort();
    const { front, watching, haproxy } = await atWork(t, (front) => ({ listen: { third: second(front, third).second } }));
    const shared = second(front, taken).second;
    const listen = {
      a: { ...shared, hosts: ['a.example.org'] },
      b: { ...shared, hosts: ['b.example.org'] },
      third: second(front, third, { maxExpectedPods: 40 }).second,
    };
    await front.configure({ listen });
    const { listens, failedReloads } = await watching.until(({ reloads, listens }) => reloads === 1 && listens.length === 4);
    t.is(failedReloads, 1);
    t.deepEqual(
      listens.map(({ listen, left }) => [listen, left?.code ?? null]),
      [
        ['web', null],
        ['a', 'reload.failed'],
        ['b', 'reload.failed'],
        ['third', null],
      ],
    );
    t.regex(await front.get(third), /^pod/);
    t.is(listens[3]?.slots, 40);
    t.false((await front.text()).includes('_shared_'));
    t.is((await haproxy.processes()).failed, 0);
  },
);

haproxyTest(
  'A port of the peers, or of the stats page, that another program took holds the change before HAProxy fails on it',
  async (t) => {
    const port = await reservePort();
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    t.teardown(() => other.close());
    const taken = `127.0.0.1:${port}`;
    const { front, watching, haproxy } = await atWork(t);
    const good = await front.text();
    await front.configure({ haproxy: { peers: { fe1: taken, fe2: '127.0.0.1:1' }, localPeer: 'fe1' } });
    const held = await watching.until(({ plan }) => plan.kind === 'hold');
    t.is(held.problem?.code, 'bind.taken');
    t.regex(held.problem?.message ?? '', /of peer fe1: port \d+ is taken/);
    await front.configure({ haproxy: { stats: taken } });
    await watching.until(({ problem }) => /of haproxy\.stats: port \d+ is taken/.test(problem?.message ?? ''));
    t.is(await front.text(), good);
    t.deepEqual([(await haproxy.processes()).reloads, (await haproxy.processes()).failed], [0, 0]);
    await front.configure({ haproxy: { peers: { fe1: taken, fe2: '127.0.0.1:1' }, localPeer: 'fe1' } });
    other.close();
    await watching.until(({ reloads, problem }) => reloads === 1 && problem === null);
    t.is((await haproxy.processes()).failed, 0);
  },
);
