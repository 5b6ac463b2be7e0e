import test from 'ava';
import { type Answer, encode, type SoaAnswer } from 'dns-packet';
import { readAnswer } from '../../../src/dns/message/read-answer.ts';
import { readMessage } from '../../../src/dns/message/read-message.ts';

const name = 'web.default.svc.cluster.local';

function soa(owner: string): SoaAnswer {
  const data = { mname: 'ns.dns', rname: 'hostmaster', serial: 1, refresh: 7200, retry: 1800, expire: 86400, minimum: 5 };
  return { type: 'SOA', name: owner, ttl: 30, data };
}

/** What a negative answer is taken for. */
function read(rcode: number, aa: boolean, authorities: Answer[], domain: string | null = 'cluster.local', answers: Answer[] = []): string {
  const bytes = encode({ type: 'response', flags: aa ? 1 << 10 : 0, questions: [{ type: 'A', name }], answers, authorities });
  bytes[3] = rcode;
  const message = readMessage(bytes, 12 + name.length + 2 + 4);
  return message === null ? 'unread' : readAnswer(message, { name, type: 'A' }, domain).kind;
}

for (const [what, rcode] of [
  ['NXDOMAIN', 3],
  ['NODATA', 0],
] as const) {
  for (const aa of [true, false]) {
    test(`${what} with AA ${aa}: the SOA of the domain, or of a zone between it and the name, makes it a negative answer`, (t) => {
      for (const owner of ['cluster.local', 'svc.cluster.local', 'Default.svc.CLUSTER.local']) t.is(read(rcode, aa, [soa(owner)]), 'empty');
    });

    test(`${what} with AA ${aa}: the SOA of the root, of a zone above the domain, or of another one makes it no answer`, (t) => {
      for (const owner of ['.', 'local', 'example.org', 'other.svc.cluster.local', 'xcluster.local'])
        t.is(read(rcode, aa, [soa(owner)]), 'no-authority', owner);
    });
  }

  test(`${what} without a SOA needs AA`, (t) => {
    t.is(read(rcode, true, []), 'empty');
    t.is(read(rcode, false, []), 'no-authority');
  });

  test(`${what} without a domain to compare with: any SOA at or above the name will do but the root's`, (t) => {
    for (const owner of ['local', 'cluster.local']) t.is(read(rcode, false, [soa(owner)], null), 'empty');
    for (const owner of ['.', 'example.org']) t.is(read(rcode, false, [soa(owner)], null), 'no-authority');
  });

  test(`${what} behind an alias is for the zone of the alias to say`, (t) => {
    t.is(read(rcode, false, [soa('.')], 'cluster.local', [{ type: 'CNAME', name, ttl: 5, data: 'www.example.org' }]), 'empty');
  });
}
