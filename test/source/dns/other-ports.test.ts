import test from 'ava';
import type { LookupResult } from '../../../src/dns/message/outcome.ts';
import { withOtherPorts } from '../../../src/source/dns/other-ports.ts';
import { listen, observed } from '../../support/config-sample.ts';

const signal = new AbortController().signal;

/** Cluster DNS that has SRV records with these ports; none: it has no such name. */
const withPorts = (...ports: readonly number[]) => ({
  ask: async ({ type, name }: { type: string; name: string }) => {
    const services = ports.map((port) => ({ target: 'a', port, addresses: [] }));
    const found = { kind: 'found', ttl: 5, aliases: [], addresses: [], services, texts: [] };
    return {
      lookup: { type, name },
      outcome: ports.length > 0 ? found : { kind: 'empty', reason: 'NXDOMAIN', ttl: 5, aliases: [] },
    } as unknown as LookupResult;
  },
});

test('podPort that no SRV record of a headless Service has is worth a hint', async (t) => {
  const web = observed(listen({ destination: { kind: 'pods', port: 80 } }), ['10.1.0.1']);
  const { warnings, state, evidence } = await withOtherPorts(web, withPorts(8080, 9090), signal);
  t.is(state, 'found');
  t.deepEqual(
    warnings.map(({ code, message }) => [code, message]),
    [
      [
        'dns.other-port',
        'the pods of ingress.default.svc.cluster.local are on port 8080, 9090, as its SRV records show, and podPort is 80',
      ],
    ],
  );
  t.is(evidence.kind === 'dns' && evidence.lookups.length, 1);
  for (const resolver of [withPorts(80, 9090), withPorts()]) t.is(await withOtherPorts(web, resolver, signal), web);
  const wildcard = observed(listen({ destination: { kind: 'pods', port: 80 } }), ['10.1.0.1'], { records: 'wildcard' });
  t.is(await withOtherPorts(wildcard, withPorts(8080), signal), wildcard);
});
