import test from 'ava';
import { checked, lines } from '../../support/networks/host.ts';

test('A finding has every field that was promised, and says which option to change', async (t) => {
  const { report } = await checked(t, { interfaces: { eth1: ['10.0.0.130/25'] } });
  const [finding] = report.findings;
  const { message, ...rest } = finding ?? { message: '' };
  t.deepEqual(rest, {
    severity: 'error',
    relation: 'inside',
    cluster: '10.0.0.0/24',
    clusterName: 'service network',
    other: '10.0.0.128/25',
    otherName: 'eth1',
    source: 'interface',
    overlap: '10.0.0.128/25',
    suggestions: ['10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'],
  });
  t.regex(message, /serviceClusterIpRange/);
  t.regex(message, /dashboardClusterIP/);
  t.deepEqual(report.cluster, [
    { name: 'service network', cidr: '10.0.0.0/24', option: 'services.kubernetes.apiserver.serviceClusterIpRange' },
    { name: 'pod network', cidr: '10.1.0.0/16', option: 'services.kubernetes.clusterCidr' },
  ]);
});

test('A warning names the route', async (t) => {
  const { report } = await checked(t, { routes: [{ dst: '10.0.0.0/8', gateway: '10.8.0.1', dev: 'tun0', table: '52' }] });
  t.regex(
    report.findings[0]?.message ?? '',
    /route 10\.0\.0\.0\/8 via 10\.8\.0\.1 dev tun0 table 52 contains the service network 10\.0\.0\.0\/24/,
  );
});

test('Host bits of declared networks are cleared with a warning, those of interfaces are normal', async (t) => {
  const { status, report, stderr } = await checked(
    t,
    { interfaces: { eth1: ['192.168.3.4/16'] }, list: '10.1.2.3/16 home # at home\n' },
    ...['--network', 'lan=10.0.0.77/24', '--service-network', '10.0.0.9/24'],
  );
  t.is(status, 1);
  t.deepEqual(lines(report), ['error flag 10.0.0.0/24 same 10.0.0.0/24', 'error file 10.1.0.0/16 same 10.1.0.0/16']);
  t.deepEqual(
    report.findings.map(({ otherName }) => otherName),
    ['lan', 'home'],
  );
  t.is(report.cluster[0]?.cidr, '10.0.0.0/24');
  for (const said of [
    '--network: 10.0.0.77/24 has host bits set: taken as 10.0.0.0/24',
    'list.txt:1: 10.1.2.3/16',
    '--service-network: 10.0.0.9/24',
  ]) {
    t.true(stderr.includes(`podfront: warning: ${said}`), stderr);
  }
  t.false(stderr.includes('192.168'));
  t.regex(report.findings[0]?.message ?? '', /written 10\.0\.0\.77\/24/);
});

test('What is ignored is listed and not counted, by network and by interface', async (t) => {
  const host = {
    interfaces: { eth1: ['10.0.0.5/25'], eth2: ['10.1.0.5/24'], eth3: ['192.168.1.1/24'] },
    routes: [
      { dst: '10.0.0.128/25', gateway: '10.0.0.1', dev: 'eth1' },
      { dst: '10.1.0.0/17', gateway: '192.168.1.2', dev: 'eth3' },
    ],
  };
  const { status, report } = await checked(t, host, '--ignore', 'eth1', '10.1.0.0/16');
  t.is(status, 0);
  t.deepEqual(report.findings, []);
  t.deepEqual(report.ignored, [
    { name: 'eth1', cidr: '10.0.0.0/25', source: 'interface' },
    { name: 'eth2', cidr: '10.1.0.0/24', source: 'interface' },
    { name: 'gateway of 10.0.0.128/25', cidr: '10.0.0.1/32', source: 'gateway' },
    { name: 'eth1', cidr: '10.0.0.128/25', source: 'route' },
    { name: 'eth3', cidr: '10.1.0.0/17', source: 'route' },
  ]);
  t.is(
    (await checked(t, host, '--ignore', '10.0.0.0/26', 'eth2')).report.findings.length,
    3,
    'a network around the ignored one is not accepted',
  );
});

test('An ignored name or network that matches nothing is a warning', async (t) => {
  const host = { interfaces: { eth1: ['10.0.0.5/25'], eth3: ['192.168.1.1/24'] } };
  const { status, stderr } = await checked(t, host, '--ignore', 'nosuchif', 'eth1', 'eth3', '10.77.0.0/16', '192.168.0.0/16');
  t.is(status, 0);
  t.deepEqual(stderr.match(/--ignore \S+(?= matches no known network or interface)/g), ['--ignore 10.77.0.0/16', '--ignore nosuchif']);
});
