import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import type { Listen } from '../../src/config/config.ts';
import { renderer } from '../../src/haproxy/file/render.ts';
import { readSlots, withoutSeeds } from '../../src/haproxy/file/slot-lines.ts';
import { allocateServers, type SlotsByListen } from '../../src/haproxy/slots/allocate.ts';
import { assumedVersion } from '../../src/haproxy-syntax/version.ts';
import { refreshSlots } from '../../src/plan/refresh-slots.ts';
import type { Observation } from '../../src/source/observation.ts';
import { address, config, listen, observed, podAddresses } from '../support/config-sample.ts';

const folder = new URL('../../templates/', import.meta.url);
const parts = new Map(readdirSync(folder).map((file) => [file.replace('.mustache', ''), readFileSync(new URL(file, folder), 'utf8')]));
const render = renderer(parts, assumedVersion);
const udp = { tcp: false, payload: 8192, warnings: [] };

const web = listen({ name: 'web', maxExpectedPods: 30 });
const api = listen({ name: 'api', maxExpectedPods: 20, destination: { kind: 'pods', port: { name: 'http' } }, fallbackServicePort: 80 });
const srvName = { resolution: { kind: 'name' as const, name: '_http._tcp.api.default.svc.cluster.local' }, records: 'srv' as const };

const observations = (webPods: readonly string[], apiPods: readonly string[], of: Listen = web): readonly Observation[] => [
  observed(of, webPods),
  observed(api, apiPods, { ...srvName, serviceAddresses: [address(`127.0.0.${9 + apiPods.length}`)] }),
];
const rendered = (seen: readonly Observation[], before: SlotsByListen = new Map()) =>
  render(config([web, api]), allocateServers(config([web, api]), seen, before, false), udp);

test('pods are put into a file exactly where rendering it again would put them, byte for byte', (t) => {
  const some = () => fc.subarray([...podAddresses(30)]);
  fc.assert(
    fc.property(some(), some(), fc.subarray(['127.9.0.1:80', '127.9.0.1:81', '127.9.0.2:80']), (one, two, srv) => {
      const first = rendered(observations(one, ['127.9.0.1:81']));
      const seen = observations(two, srv);
      return refreshSlots(first, config([web, api]), seen) === rendered(seen, readSlots(first));
    }),
  );
  t.pass();
});

test('pods beyond the slots are left out, and the shape is the same', (t) => {
  const first = rendered(observations(['127.1.0.1'], []));
  const next = refreshSlots(first, config([web, api]), observations(podAddresses(40), []));
  t.is(readSlots(next).get('web')?.pods.size, 30);
  t.is(withoutSeeds(next), withoutSeeds(first));
});

test('a listen that has another port by now, lines of other templates, and a listen that nothing is known of stay as they are', (t) => {
  const first = rendered(observations(['127.1.0.1'], ['127.9.0.1:80']));
  const moved = listen({ name: 'web', destination: { kind: 'pods', port: 444 } });
  const all = config([moved, api]);
  t.is(refreshSlots(first, all, observations(['127.1.0.2'], ['127.9.0.1:80'], moved).slice(0, 1)), first);
  const foreign = first.replaceAll(/ init-addr \S+/g, '');
  t.is(refreshSlots(foreign, config([web, api]), observations(['127.1.0.2'], [])), foreign);
  t.is(refreshSlots(first, all, []), first);
  fc.assert(fc.property(fc.string(), (text) => refreshSlots(text, all, observations(['127.1.0.2'], [])) === text));
});
