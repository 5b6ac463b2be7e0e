import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { folderOf } from '../support/folder.ts';
import { checkedText, type ReportJson } from '../support/networks/host.ts';
import { podfront } from '../support/podfront.ts';

test('The networks of NixOS are the default, and dual stack may stand in one word', async (t) => {
  const cwd = folderOf(t);
  const cluster = async (...args: readonly string[]) => {
    const { stdout } = await podfront(['check-networks', '--no-host', '--json', ...args], { cwd });
    return (JSON.parse(stdout) as ReportJson).cluster.map(({ name, cidr }) => `${name} ${cidr}`);
  };
  t.deepEqual(await cluster(), ['service network 10.0.0.0/24', 'pod network 10.1.0.0/16']);
  t.deepEqual(await cluster('--pod-network', '10.2.0.0/16'), ['service network 10.0.0.0/24', 'pod network 10.2.0.0/16']);
  t.deepEqual(await cluster('--service-network', '10.9.0.0/24,fd00:9::/112'), [
    'service network 10.9.0.0/24',
    'service network fd00:9::/112',
    'pod network 10.1.0.0/16',
  ]);
});

test('Lists come from files and from stdin, with names and comments, as often as there are', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'a.txt'), '\ufeff# sites\r\n10.0.0.0/25  Office Berlin # rented\r\n\r\n   10.0.0.128/25\r\n');
  const args = ['check-networks', '--no-host', '--json', '--networks-file', 'a.txt', '--networks-file', '-'];
  const { stdout, status } = await podfront(args, { cwd, stdin: '10.1.7.7\n' });
  const { findings, checked } = JSON.parse(stdout) as ReportJson;
  t.is(status, 1);
  t.is(checked, 3);
  t.deepEqual(
    findings.map(({ otherName, other, source }) => `${source} ${otherName} ${other}`),
    ['file Office Berlin 10.0.0.0/25', 'file a.txt:4 10.0.0.128/25', 'file stdin:1 10.1.7.7/32'],
  );
});

test('The report of a failed check ends with the snippet, and that of a free one has none', async (t) => {
  const failed = await checkedText(t, { interfaces: { eth1: ['10.0.0.130/25'] } });
  t.true(
    failed.stdout.endsWith(`
{
  services.kubernetes.apiserver.serviceClusterIpRange = "10.0.1.0/24";
  services.kubernetes.clusterCidr = "10.1.0.0/16";
  flyingcircus.roles.kubernetes.dashboardClusterIP = "10.0.1.250";
}
`),
    failed.stdout,
  );
  const free = await checkedText(t, {});
  t.false(free.stdout.includes('services.kubernetes.clusterCidr ='));
  t.is(free.stderr, '');
});

test('The snippet is consistent: nothing in it overlaps, and the addresses lie inside', async (t) => {
  const snippet = async (...args: readonly string[]) => {
    const { stdout } = await checkedText(t, {}, ...args);
    return Object.fromEntries(
      [...stdout.matchAll(/^ {2}([\w.]+) = "(.*)";$/gm)].map(([, option = '', value = '']) => [option.split('.').at(-1), value]),
    );
  };
  t.deepEqual(await snippet('--network', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/17', '--pod-network', '10.1.0.0/20'), {
    serviceClusterIpRange: '192.168.128.0/24',
    clusterCidr: '192.168.144.0/20',
    dashboardClusterIP: '192.168.128.250',
  });
  t.deepEqual(await snippet('--service-network', '10.1.5.0/24'), {
    serviceClusterIpRange: '10.0.255.0/24',
    clusterCidr: '10.1.0.0/16',
    dashboardClusterIP: '10.0.255.250',
  });
  t.deepEqual(
    await snippet('--service-network', '10.0.0.0/27', '--network', '10.0.0.0/28'),
    { serviceClusterIpRange: '10.0.0.32/27', clusterCidr: '10.1.0.0/16', dashboardClusterIP: '10.0.0.61', clusterIp: '10.0.0.62' },
    'where the NixOS rule leads outside, cluster DNS is set too',
  );
});

test('A report that is not of everything says so', async (t) => {
  const { status, stdout, stderr } = await checkedText(t, { list: '10.9.0.0/16\nnonsense\n' });
  t.is(status, 2);
  t.regex(stdout, /^incomplete: 1 input could not be read$/m);
  t.regex(stderr, /^podfront: error: list\.txt:2: "nonsense" is not a network/m);
});

test('Where private space has no room, the report says so', async (t) => {
  const { stdout } = await checkedText(t, {}, '--network', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16');
  t.regex(stdout, /private space has no free network of that size/);
  t.regex(stdout, /# services\.kubernetes\.clusterCidr/);
});

test('A map that cannot be written is an error after the report', async (t) => {
  const cwd = folderOf(t);
  const { status, stdout, stderr } = await podfront(['check-networks', '--no-host', '--map', 'no/such/folder/map.svg'], { cwd });
  t.is(status, 2);
  t.regex(stdout, /nothing overlaps/);
  t.regex(stderr, /cannot write the map to no\/such\/folder\/map\.svg: there is no such file or folder/);
  const both = await podfront(['check-networks', '--no-host', '--json', '--map', 'map.svg'], { cwd });
  t.is(both.status, 0);
  t.notThrows(() => JSON.parse(both.stdout));
  t.true(readFileSync(join(cwd, 'map.svg'), 'utf8').startsWith('<svg '));
});

test('A hostile name reaches neither the terminal nor the picture as anything but text', async (t) => {
  const cwd = folderOf(t);
  const name = '\u001b]0;owned\u0007<script>alert(1)</script>';
  const { stdout, stderr } = await podfront(['check-networks', '--no-host', '--network', `${name}=10.0.0.7/24`, '--map', 'map.svg'], {
    cwd,
  });
  for (const text of [stdout, stderr, readFileSync(join(cwd, 'map.svg'), 'utf8')]) t.false(/[^\P{Cc}\n]/u.test(text), text);
  t.false(readFileSync(join(cwd, 'map.svg'), 'utf8').includes('<script'));
});

test('Files of a host replace this one, and --no-host leaves it out', async (t) => {
  const cwd = folderOf(t);
  // An `ip` that tells it was called; it must not be where files or --no-host are given.
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'ip'),
    `#!/bin/sh\ntouch ${join(cwd, 'called')}\necho '[{"ifname":"eth7","addr_info":[{"family":"inet","local":"10.0.0.7","prefixlen":24}]}]'\necho '[]'\n`,
  );
  chmodSync(join(bin, 'ip'), 0o755);
  writeFileSync(join(cwd, 'empty.json'), '[]');
  const run = (...args: readonly string[]) =>
    podfront(['check-networks', '--json', ...args], { cwd, env: { PATH: `${bin}:${process.env.PATH}` } });
  for (const args of [
    ['--no-host'],
    ['--addresses', 'empty.json'],
    ['--host', '--routes', 'empty.json'],
    ['--resolv-conf', 'empty.json'],
  ]) {
    t.is((await run(...args)).status, 0);
    t.false(existsSync(join(cwd, 'called')), args.join(' '));
  }
  const { findings } = JSON.parse((await run()).stdout) as ReportJson;
  t.true(findings.some(({ otherName }) => otherName === 'eth7'));
  t.true(existsSync(join(cwd, 'called')));
});

test('A word too many, an option without its value, and an unknown option are wrong usage', async (t) => {
  const cwd = folderOf(t);
  for (const args of [['extra'], ['--network'], ['--service-network'], ['--frobnicate']]) {
    const { status, stdout } = await podfront(['check-networks', ...args], { cwd });
    t.is(status, 2, args.join(' '));
    t.is(stdout, '');
  }
});
