import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { readAnswer } from '../../src/dns/message/read-answer.ts';
import { readMessage } from '../../src/dns/message/read-message.ts';
import { openResolver } from '../../src/dns/resolver.ts';
import { classifierFor } from '../../src/source/classify-address.ts';
import { listDns } from '../../src/source/dns/list.ts';
import { cases, configOf, seen } from '../support/coredns/cases.ts';
import type { Packet } from '../support/coredns/exchange.ts';
import { type Heard, openFaultServer } from '../support/dns/fault-server.ts';

interface Recording {
  readonly from: string;
  readonly packets: readonly Packet[];
  /** As the `cache` plugin answered. */
  readonly cachedNegatives: readonly Packet[];
}

const folder = new URL('../../fixtures/wire/dns/', import.meta.url);

/** Answers as it was recorded: the question as it is asked now, the rest as it came from CoreDNS. */
function replayed({ packets }: Recording, heard: Heard): void {
  const packet = packets.find(
    ({ name, type, transport }) => name === heard.name.toLowerCase() && type === heard.type && transport === heard.transport,
  );
  if (packet === undefined) return;
  const response = Buffer.from(packet.response, 'base64');
  heard.bytes.copy(response, 0, 0, 2);
  heard.bytes.copy(response, 12, 12, 12 + heard.name.length + 2);
  heard.send(response);
}

for (const file of readdirSync(folder).filter((name) => name.startsWith('coredns-'))) {
  const recording = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recording;
  const hasWildcards = file.startsWith('coredns-1.8.');
  for (const it of cases) {
    test(`${it.title}, as ${recording.from} answered`, async (t) => {
      const expected = (!hasWildcards && it.without) || it.expected;
      const server = await openFaultServer((heard) => replayed(recording, heard));
      const resolver = openResolver({ nameservers: [server.nameserver], domain: 'cluster.local', timeouts: { overall: 20_000 } });
      const { config, listens } = configOf(it);
      const [observation] = await listDns(config, listens, resolver, classifierFor(config, []), new AbortController().signal);
      resolver.close();
      await server.close();
      t.deepEqual(observation && seen(observation, expected), expected);
    });
  }

  test(`negative answers of ${recording.from}, cached ones too, are empty`, (t) => {
    const direct = recording.packets.filter(({ response }) => Buffer.from(response, 'base64').readUInt16BE(6) === 0);
    t.true(direct.length > 15 && recording.cachedNegatives.length > 15);
    for (const packet of [...direct, ...recording.cachedNegatives]) {
      const bytes = Buffer.from(packet.response, 'base64');
      const message = readMessage(bytes, 12 + packet.name.length + 2 + 4);
      t.is(message && readAnswer(message, packet, 'cluster.local').kind, 'empty', `${packet.type} ${packet.name}`);
    }
  });
}
