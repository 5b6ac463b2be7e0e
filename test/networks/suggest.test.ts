import test from 'ava';
import { checked, checkedText, type ReportJson } from '../support/networks/host.ts';

const suggestions = ({ findings }: ReportJson) => findings.map(({ suggestions: found }) => found.join(' '));

test('Where only the route of a VPN covers all of private space, the best networks inside it are suggested, and the report says so', async (t) => {
  const route = { dst: 'fd00::/8', gateway: 'fe80::1', dev: 'tun0' };
  const six = ['--service-network', 'fd00:10::/112', '--pod-network', 'fd00:20::/56'];
  const { report, status } = await checked(t, { routes: [route] }, ...six);
  t.is(status, 0, 'warnings only');
  t.deepEqual(suggestions(report), [
    'fd00:10::1:0/112 fd00:10::2:0/112 fd00:10::3:0/112',
    'fd00:20:0:100::/56 fd00:20:0:200::/56 fd00:20:0:300::/56',
  ]);
  t.regex(report.findings[0]?.message ?? '', /of the suggestions, only the route fd00::\/8 via fe80::1 dev tun0 covers them$/);
  const { stdout } = await checkedText(t, { routes: [route], interfaces: { eth0: ['fd00:10::5/64'] } }, ...six);
  t.regex(stdout, /free instead: fd00:10:0:1::\/112, .*; only the route fd00::\/8 via fe80::1 dev tun0 covers them$/m);
  t.regex(stdout, /^ {2}# only the route fd00::\/8 via fe80::1 dev tun0 covers it/m);
  t.notRegex(stdout, /no free network/);
});

test('The same for the three aggregates of IPv4, and a declared network inside them is still avoided', async (t) => {
  const routes = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map((dst) => ({ dst, gateway: '10.8.0.1', dev: 'tun0' }));
  const { report } = await checked(t, { routes, interfaces: { eth0: ['10.0.1.7/24'] } });
  const [first] = report.findings;
  t.is(first?.severity, 'warning');
  t.deepEqual(first?.suggestions, ['10.0.2.0/24', '10.0.3.0/24', '10.0.4.0/24']);
  const taken = await checked(t, { routes }, '--network', 'office=10.0.0.0/8');
  t.deepEqual(taken.report.findings[0]?.suggestions, ['172.16.0.0/24', '172.16.1.0/24', '172.16.2.0/24']);
  t.regex(taken.report.findings[0]?.message ?? '', /only the route 172\.16\.0\.0\/12 via 10\.8\.0\.1 dev tun0 covers them/);
});

test('A network without a route around it is preferred to one inside a route', async (t) => {
  const routes = [{ dst: '10.0.0.0/8', gateway: '10.8.0.1', dev: 'tun0' }];
  const { report } = await checked(t, { routes });
  t.is(report.findings[0]?.suggestions[0], '172.16.0.0/24');
  t.notRegex(report.findings[0]?.message ?? '', /of the suggestions/);
});

test('What other programs take by default is avoided while there is anything else', async (t) => {
  const pods = async (...args: readonly string[]) =>
    (await checked(t, {}, '--service-network', '10.9.0.0/24', ...args)).report.findings.find(
      ({ clusterName }) => clusterName === 'pod network',
    )?.suggestions;
  t.deepEqual(await pods('--pod-network', '10.41.0.0/16', '--network', '10.41.0.0/24'), ['10.40.0.0/16', '10.39.0.0/16', '10.44.0.0/16']);
  t.deepEqual(await pods('--pod-network', '10.95.0.0/16', '--network', '10.95.0.0/24'), ['10.94.0.0/16', '10.93.0.0/16', '10.92.0.0/16']);
  t.deepEqual(await pods('--pod-network', '10.245.0.0/16', '--network', '10.245.0.0/24'), [
    '10.246.0.0/16',
    '10.247.0.0/16',
    '10.243.0.0/16',
  ]);
  t.deepEqual(await pods('--pod-network', '172.16.0.0/16', '--network', '172.16.0.0/24'), [
    '172.18.0.0/16',
    '172.19.0.0/16',
    '172.20.0.0/16',
  ]);
  const full = [
    '10.0.0.0/11',
    '10.32.0.0/13',
    '10.40.0.0/15',
    '10.44.0.0/14',
    '10.48.0.0/12',
    '10.64.0.0/10',
    '10.128.0.0/9',
    '172.16.0.0/12',
    '192.168.0.0/16',
  ];
  t.deepEqual(await pods('--pod-network', '10.1.0.0/16', '--network', ...full), ['10.42.0.0/16', '10.43.0.0/16'], 'nothing else is left');
});

test('IPv6 suggestions are addresses that a person would choose', async (t) => {
  for (const link of ['fd00:10::5/64', 'fd00:10::5/48', 'fd00:10::5/32', 'fd00:10::5/112']) {
    const { report } = await checked(
      t,
      { interfaces: { eth0: [link] } },
      '--service-network',
      'fd00:10::/112',
      '--pod-network',
      'fd00:20::/56',
    );
    for (const cidr of report.findings[0]?.suggestions ?? []) t.regex(cidr, /^fd00:(\d{1,2}|f)(:0)?(:\d)?::(\d:0)?\/112$/, link);
    t.is(report.findings[0]?.suggestions.length, 3);
  }
});

test('Hundreds of findings of one kind are one paragraph of the report', async (t) => {
  const list = Array.from({ length: 300 }, (_, i) => `10.1.${i % 256}.${i}/32\n`)
    .slice(0, 250)
    .join('');
  const { stdout } = await checkedText(t, { list, interfaces: { eth0: ['10.1.7.9/24'] } });
  t.regex(stdout, /251 errors/);
  t.is(stdout.match(/^error: /gm)?.length, 2);
  t.regex(stdout, /^error {2}\.\.\. 247 more +file +inside +pod network 10\.1\.0\.0\/16$/m);
  t.regex(stdout, /and 249 more like this one; --json lists them all/);
});
