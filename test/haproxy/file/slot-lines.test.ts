import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { parseConfig } from '../../../src/config/parse.ts';
import { renderer } from '../../../src/haproxy/file/render.ts';
import { readSlots, withoutSeeds } from '../../../src/haproxy/file/slot-lines.ts';
import { allocateServers, type SlotsByListen } from '../../../src/haproxy/slots/allocate.ts';
import { assumedVersion } from '../../../src/haproxy-syntax/version.ts';
import { offlineSource } from '../../../src/source/offline.ts';
import { address, config, listen, observed, podAddresses } from '../../support/config-sample.ts';

const folder = new URL('../../../templates/', import.meta.url);
const parts = new Map(readdirSync(folder).map((file) => [file.replace('.mustache', ''), readFileSync(new URL(file, folder), 'utf8')]));
const render = renderer(parts, assumedVersion);
const udp = { tcp: false, payload: 8192, warnings: [] };

const web = listen({ name: 'web' });
const api = listen({ name: 'api', destination: { kind: 'pods', port: { name: 'http' } }, fallbackServicePort: 80 });
const all = config([web, api]);
const srvName = { resolution: { kind: 'name' as const, name: '_http._tcp.api.default.svc.cluster.local' }, records: 'srv' as const };

function file(webPods: readonly string[], apiPods: readonly string[], fallback = '127.0.0.9', before: SlotsByListen = new Map()): string {
  const observations = [observed(web, webPods), observed(api, apiPods, { ...srvName, serviceAddresses: [address(fallback)] })];
  return render(all, allocateServers(all, observations, before, false), udp);
}

test('who sat where is read back from the file itself', (t) => {
  const seated = readSlots(file(['127.1.0.1', '127.1.0.2'], ['127.1.0.5:8080', '127.1.0.5:8081']));
  t.deepEqual([...seated.keys()], ['web', 'api']);
  t.is(seated.get('web')?.count, 20);
  t.deepEqual(
    [...(seated.get('web')?.pods ?? [])],
    [
      [1, { address: '127.1.0.1', port: 443 }],
      [2, { address: '127.1.0.2', port: 443 }],
    ],
  );
  t.deepEqual(
    [...(seated.get('api')?.pods ?? [])].map(([, seat]) => seat.port),
    [8080, 8081],
  );
});

test('a second rendering that starts from the first is the same file', (t) => {
  fc.assert(
    fc.property(fc.subarray([...podAddresses(60)]), fc.subarray([...podAddresses(60)]), (first, second) => {
      const one = file(first, [], '127.0.0.9');
      const two = file(second, [], '127.0.0.9', readSlots(one));
      return file(second, [], '127.0.0.9', readSlots(two)) === two;
    }),
  );
  t.pass();
});

test('other addresses in the same slots leave the shape alone; so does a new address of the backup', (t) => {
  const few = file(['127.1.0.1'], ['127.1.0.5:8080']);
  t.is(withoutSeeds(few), withoutSeeds(file(['127.1.0.7', '127.1.0.8', '127.1.0.9'], [])));
  t.is(withoutSeeds(few), withoutSeeds(file([], [], '127.0.0.10')));
});

test('more slots, another option, another listen or another payload change the shape', (t) => {
  const few = file(['127.1.0.1'], []);
  t.not(withoutSeeds(few), withoutSeeds(file(podAddresses(30), [])));
  for (const [from, to] of [
    ['bind 127.0.0.1:8443', 'bind 127.0.0.1:8444'],
    ['resolve-prefer ipv4', 'resolve-prefer ipv6'],
    ['accepted_payload_size 8192', 'accepted_payload_size 65535'],
    ['listen api', 'listen app'],
    ['server pod1 web.default.svc.cluster.local:443', 'server pod1 web.default.svc.cluster.local:444'],
  ] as const) {
    t.true(few.includes(from), from);
    t.not(withoutSeeds(few), withoutSeeds(few.replace(from, to)), to);
  }
});

test('files that podfront did not write give no memory and no error', (t) => {
  fc.assert(fc.property(fc.string(), (text) => readSlots(text).size === 0 && typeof withoutSeeds(text) === 'string'));
  const foreign = 'listen web\n  server pod0 a:1 init-addr x\n server-template pod 99999999 a:1 check\n server pod1 a:1 init-addr none\n';
  t.deepEqual(
    [...readSlots(foreign)].map(([name, { count, pods }]) => [name, count, pods.size]),
    [['web', 1, 0]],
  );
});

test('a server whose address podfront keeps current is written without resolvers, and read back by its name, whatever that is', (t) => {
  const pods = listen({ name: 'web', records: 'endpoints' });
  const details = { pod: null, node: null, zone: null, ready: true, draining: false };
  const observation = observed(pods, [], {
    records: 'endpoints',
    resolution: { kind: 'address' },
    endpoints: [
      { address: address('10.1.0.1'), port: 443, details: { ...details, pod: 'pod7' } },
      { address: address('fd00::2'), port: 8443, details },
      { address: address('10.1.0.3'), port: 443, details: { ...details, ready: false, draining: true } },
    ],
    backup: { address: address('10.0.0.7'), port: 80 },
  });
  const alone = config([pods]);
  const text = render(alone, allocateServers(alone, [observation], new Map(), false), udp);
  t.regex(
    text,
    /\n {4}server pod7 10\.1\.0\.1:443 check\n {4}server pod1 10\.1\.0\.3:443 check weight 0\n {4}server pod2 \[fd00::2\]:8443 check\n {4}server service 10\.0\.0\.7:80 check observe none backup\n/,
  );
  const read = readSlots(text).get('web');
  t.is(read?.count, 0);
  t.deepEqual([...(read?.pods ?? [])], []);
  t.deepEqual(read?.names.get('10.1.0.3:443'), 'pod1');
  t.is(render(alone, allocateServers(alone, [observation], readSlots(text), false), udp), text);
  t.notRegex(withoutSeeds(text), /\n {4}pods /);
});

test('the options of a listen are on each of its servers, of pods, a Service and nodes, but not on the fallback of pods', async (t) => {
  const parsed = parseConfig(
    `cluster: {nodes: {n1: 192.0.2.11, n2: 192.0.2.12}}
listen:
  pods: {podPort: 80, records: headless, maxExpectedPods: 2, fallbackServicePort: 81, extraPodTemplateOptions: inter 7s, binds: ["127.0.0.1:1"]}
  service: {servicePort: 80, extraPodTemplateOptions: inter 7s, binds: ["127.0.0.1:2"]}
  nodes: {lbServicePort: 80, extraPodTemplateOptions: inter 7s, binds: ["127.0.0.1:3"]}
`,
    'podfront.yaml',
  );
  const observations = await offlineSource.list(parsed, new AbortController().signal);
  const lines = render(parsed, allocateServers(parsed, observations, new Map(), false), udp)
    .split('\n')
    .filter((line) => /^ {4}server/.test(line));
  t.deepEqual(
    lines.map((line) => [line.trim().split(' ')[1], line.includes(' inter 7s')]),
    [
      ['pod', true],
      ['service', false],
      ['service', true],
      ['n1', true],
      ['n2', true],
    ],
  );
});
