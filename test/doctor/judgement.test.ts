import test from 'ava';
import { checksAsText, fail, pass } from '../../src/doctor/check.ts';
import { judgeCertificate } from '../../src/doctor/judge/certificate.ts';
import { judgeClock } from '../../src/doctor/judge/clock.ts';
import { judgeMaster } from '../../src/doctor/judge/topology.ts';
import { parseCommandLine } from '../../src/doctor/read/command-line.ts';
import { readResolversSection } from '../../src/doctor/read/resolvers-section.ts';
import { parseRouteGet } from '../../src/doctor/read/route.ts';
import { compareSlotAddresses, parseServersState } from '../../src/haproxy/process/servers-state.ts';
import { parseAddress } from '../../src/ip/address.ts';

const cmdline = (...words: readonly string[]) => `haproxy\0${words.join('\0')}\0`;

test('the files of HAProxy are read from its command line, also after a reload', (t) => {
  t.deepEqual(parseCommandLine(cmdline('-Ws', '-f', '/etc/haproxy.cfg', '-p', '/run/haproxy.pid')), {
    files: ['/etc/haproxy.cfg'],
    folder: null,
  });
  t.deepEqual(
    parseCommandLine(cmdline('-sf', '12', '13', '-x', 'sockpair@3', '-W', '-f', 'a.cfg', '-f', 'conf.d', '-C', '/etc/h', '-S', 'm.sock')),
    {
      files: ['a.cfg', 'conf.d'],
      folder: '/etc/h',
    },
  );
  t.deepEqual(parseCommandLine(cmdline('-db', '--', 'x.cfg', '-y.cfg')).files, ['x.cfg', '-y.cfg']);
  t.deepEqual(parseCommandLine('').files, []);
});

test('servers are read from show servers state, and other replies are refused', (t) => {
  const columns =
    'be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';
  const line = (name: string, address: string, operation: number, admin: number) =>
    `4 web 1 ${name} ${address} ${operation} ${admin} 1 1 5 6 3 4 6 0 0 0 web.local 8080 - 0 0 - - 0\n`;
  const text = `1\n# ${columns}\n${line('pod1', '127.0.0.5', 2, 0)}${line('pod2', '-', 0, 32)}${line('pod3', '127.0.0.6', 0, 0)}${line('pod4', '127.0.0.8', 2, 64)}${line('a', '127.0.0.9', 2, 0).replace('web 1', 'other 1')}`;
  const servers = parseServersState(text)?.get('web') ?? [];
  t.deepEqual(servers, [
    { name: 'pod1', address: '127.0.0.5', port: 8080, up: true, admin: 'ready' },
    { name: 'pod2', address: null, port: 8080, up: false, admin: 'maint' },
    { name: 'pod3', address: '127.0.0.6', port: 8080, up: false, admin: 'ready' },
    // 0x40: its name was set at run time, as that of every server of an SRV record.
    { name: 'pod4', address: '127.0.0.8', port: 8080, up: true, admin: 'ready' },
  ]);
  t.is(parseServersState('Permission denied\n'), null);
  t.deepEqual(
    compareSlotAddresses(servers, ['127.0.0.5', '127.0.0.7', '127.0.0.8'], ({ address }) => address ?? ''),
    { missing: ['127.0.0.7'], surplus: ['127.0.0.6'] },
  );
});

test("the kernel's answer for a route is read, and a default route or one of its halves counts as default", (t) => {
  t.deepEqual(parseRouteGet('[{"dst":"10.1.0.0/16","dev":"flannel.1","flags":[]}]'), { kind: 'route', route: '10.1.0.0/16 dev flannel.1' });
  t.deepEqual(parseRouteGet('[{"dst":"default","gateway":"192.0.2.1","dev":"eth0"}]'), {
    kind: 'default',
    route: 'default via 192.0.2.1 dev eth0',
  });
  t.is(parseRouteGet('[{"dst":"0.0.0.0/1","dev":"tun0"}]')?.kind, 'default');
  for (const text of ['', 'null', '[]', '{}', '[{"dst":7}]', '[null]']) t.is(parseRouteGet(text), null, text);
});

test('the payload size of a resolvers section is 512 by default', (t) => {
  t.deepEqual(readResolversSection('resolvers cluster\n    nameserver dns1 10.0.0.254:53\n'), { tcp: false, payload: 512 });
  t.deepEqual(
    readResolversSection('\nresolvers cluster\n    nameserver a tcp@10.0.0.254:53\n    accepted_payload_size 65535\n\nlisten x\n'),
    {
      tcp: true,
      payload: 65535,
    },
  );
  t.is(readResolversSection('resolvers other\n    accepted_payload_size 9\n'), null);
});

test('a valid certificate for another name is a warning', (t) => {
  const now = Date.UTC(2026, 0, 1);
  const shown = { validFrom: now - 1e9, validTo: now + 1e10, subject: 'kube-apiserver' };
  t.is(judgeCertificate('c', { ...shown, fits: true }, 'master', now).result, 'pass');
  t.regex(judgeCertificate('c', { ...shown, fits: false }, 'master', now).seen, /not valid for master/);
});

test('a name with several addresses of one family fails, and one address of each family passes', (t) => {
  const cluster = { master: 'master.example.org' } as Parameters<typeof judgeMaster>[1];
  const addresses = (...texts: readonly string[]) => texts.flatMap((text) => parseAddress(text) ?? []);
  t.is(judgeMaster('m', cluster, addresses('192.0.2.1', '2001:db8::1')).result, 'pass');
  t.regex(judgeMaster('m', cluster, addresses('192.0.2.1', '192.0.2.2')).seen, /2 addresses: 192\.0\.2\.1, 192\.0\.2\.2/);
});

test('a clock that nothing reports on is skipped with the reason', (t) => {
  t.deepEqual(judgeClock({ synchronised: null, why: 'no systemd', ahead: null }), {
    name: 'clock',
    result: 'skip',
    seen: 'no systemd',
    remedy: '',
  });
  t.is(judgeClock({ synchronised: true, why: '', ahead: 60_000 }).result, 'fail');
});

test('control characters in what was seen are escaped', (t) => {
  t.is(
    checksAsText([pass('a', 'x\u001b[2J'), fail('b', 'y', 'z\n')], false),
    '1. pass  a: x\\x1b[2J\n2. fail  b: y\n         remedy: z\\x0a\n\n2 checks: 1 pass, 0 warn, 1 fail, 0 skipped\n',
  );
});

test('many listens with the same result for the same reason are one line; a few, and those that differ, are not', (t) => {
  const listens = Array.from({ length: 8 }, (_, i) => `web${i}`);
  const checks = listens.flatMap((listen, i) => [
    pass(`listen ${listen}: slots`, `${i} pods, 20 slots, ${20 - i} free`),
    i === 3
      ? fail(`listen ${listen}: service`, 'there is no namespace x', 'create it')
      : fail(`listen ${listen}: service`, `${listen}.default has no pod`, `look at ${listen}`),
  ]);
  t.is(
    checksAsText([pass('a', 'b'), ...checks, pass('listen web0: other', 'c')], false),
    [
      '1. pass  a: b',
      '2. pass  8 listens: slots: web0, web1, web2, web3, web4 and 3 more; the first: 0 pods, 20 slots, 20 free',
      '3. fail  7 listens: service: web0, web1, web2, web4, web5 and 2 more; the first: web0.default has no pod',
      '         remedy: look at web0',
      '4. fail  listen web3: service: there is no namespace x',
      '         remedy: create it',
      '5. pass  listen web0: other: c',
      '',
      '18 checks: 10 pass, 0 warn, 8 fail, 0 skipped',
      '',
    ].join('\n'),
  );
});
