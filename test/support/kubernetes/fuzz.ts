import type { Listen } from '../../../src/config/config.ts';
import { allocateServers } from '../../../src/haproxy/slots/allocate.ts';
import { isWord } from '../../../src/haproxy-syntax/word.ts';
import { parseAddress } from '../../../src/ip/address.ts';
import { classifierFor } from '../../../src/source/classify-address.ts';
import { lineSplitter } from '../../../src/source/kubernetes/api/split-lines.ts';
import { observeListen } from '../../../src/source/kubernetes/observe.ts';
import { openServiceStore } from '../../../src/source/kubernetes/service-store.ts';
import { readWatchEvent } from '../../../src/source/kubernetes/watch-events.ts';
import { config, listen } from '../config-sample.ts';
import { draining, ready, serviceJson, sliceJson } from './samples.ts';

/** A number from 0 to one less than `below`. */
type Random = (below: number) => number;

const oddities: readonly unknown[] = [
  null,
  0,
  -1,
  65_536,
  1.5,
  '',
  'a\nserver x 192.0.2.1:1',
  '10.1.0.9',
  '::1',
  true,
  [],
  {},
  [[]],
  '\u202e',
  'ä',
];

/** Replaces one value somewhere in a JSON value, or removes it. */
function mutated(value: unknown, random: Random): unknown {
  if (random(6) === 0 || typeof value !== 'object' || value === null) return oddities[random(oddities.length)];
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const key = keys[random(Math.max(1, keys.length))];
  if (key === undefined) return oddities[random(oddities.length)];
  if (random(10) === 0) delete copy[key];
  else copy[key] = mutated(copy[key], random);
  return copy;
}

function eventLine(random: Random): string {
  const name = `web-${random(3)}`;
  const pods = Array.from({ length: random(4) }, () => (random(3) === 0 ? draining : ready)(`10.1.0.${1 + random(5)}`));
  const object = random(5) === 0 ? serviceJson() : sliceJson(pods, { name });
  const type = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'OTHER'][random(10)] ?? 'MODIFIED';
  let event: unknown = { type, object };
  for (let i = random(4); i > 0; i--) event = mutated(event, random);
  const text = JSON.stringify(event) ?? '';
  return random(20) === 0 ? text.slice(0, random(text.length + 1)) : text;
}

/**
 * Feeds a stream of events, most of them broken somewhere, in chunks cut anywhere, to everything that reads a watch.
 * Throws when something gets through that must not: an address that is none, a name that HAProxy would not take, or a server that goes
 * although no good event said so.
 */
export function fuzzWatch(events: number, random: Random): Readonly<Record<string, number>> {
  const web: Listen = listen({ name: 'web', records: 'endpoints', destination: { kind: 'pods', port: 8080 }, fallbackServicePort: 'auto' });
  const all = config([web], {}, { podNetworks: [], serviceNetworks: [] });
  const open = { ...all, listens: [{ ...web, outside: true }] };
  const [of = web] = open.listens;
  const store = openServiceStore(['default/web'], () => 0);
  const counts: Record<string, number> = {};
  const server = { name: 'api.example.org:6443', warnings: [] };
  const classify = classifierFor(open, []);
  const servers = () => {
    const observation = observeListen(open, of, { own: store.view('default/web'), backup: null }, server, classify);
    for (const { address, port } of observation.endpoints) {
      if (parseAddress(address.text)?.text !== address.text || !Number.isInteger(port))
        throw new Error(`${address.text}:${port} got through`);
    }
    for (const { name } of allocateServers(open, [observation], new Map(), false)[0]?.pods ?? [])
      if (!isWord(name)) throw new Error(`${name} got through`);
    return observation;
  };
  const split = lineSplitter(1 << 20, (line) => {
    const event = readWatchEvent(line);
    counts[event.kind] = (counts[event.kind] ?? 0) + 1;
    if (event.kind !== 'set' && event.kind !== 'deleted') return;
    const read = store.slices.read(event.object) ?? null;
    const ofService = store.services.read(event.object) ?? null;
    const isService = read === null && ofService !== null;
    const before = servers().endpoints.length;
    if (read !== null) (event.kind === 'set' ? store.slices.set : store.slices.remove)(read);
    if (isService) (event.kind === 'set' ? store.services.set : store.services.remove)(ofService);
    const after = servers();
    if (read?.kind === 'refused' && event.kind === 'set' && after.endpoints.length < before)
      throw new Error(`a slice that lies took servers away: ${line}`);
  });
  let text = '';
  for (let i = 0; i < events; i++) {
    text += `${eventLine(random)}\n`;
    if (text.length < 200 + random(2000)) continue;
    const bytes = Buffer.from(text);
    const cut = random(bytes.length + 1);
    if (!split(bytes.subarray(0, cut)) || !split(bytes.subarray(cut))) throw new Error('a short line was taken for one without end');
    text = '';
  }
  return counts;
}
