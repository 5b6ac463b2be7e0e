import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { renderer } from '../../src/haproxy/file/render.ts';
import { readTemplates } from '../../src/haproxy/load-templates.ts';
import { assumedVersion as version } from '../../src/haproxy-syntax/version.ts';
import { type DesiredFile, desiredFile } from '../../src/plan/desired-file.ts';
import type { Observation } from '../../src/source/observation.ts';
import { config, listen, observed, podAddresses } from '../support/config-sample.ts';

const parts = readTemplates(fileURLToPath(new URL('../../', import.meta.url)), null);
const listens = ['web', 'api', 'shop'].map((name) => listen({ name }));
const all = config(listens);
const pods = fc.subarray([...podAddresses(40)]);

test('a file made with the last one at hand has the bytes of one made from nothing', (t) => {
  fc.assert(
    fc.property(fc.array(fc.record({ listen: fc.nat(2), pods, tcp: fc.boolean() }), { minLength: 1, maxLength: 8 }), (steps) => {
      const render = renderer(parts, version);
      let observations: readonly Observation[] = listens.map((one) => observed(one, []));
      let last: DesiredFile | null = null;
      for (const step of steps) {
        observations = observations.map((one, i) => (i === step.listen ? observed(one.listen, step.pods) : one));
        const input = { config: all, version, observations, currentFile: last?.text ?? null, tcp: step.tcp };
        const desired: DesiredFile = desiredFile({ ...input, render, previous: last?.allocation ?? [] });
        const { text, changes } = desiredFile({ ...input, render: renderer(parts, version) });
        t.deepEqual([desired.text, desired.changes], [text, changes]);
        last = desired;
      }
    }),
  );
});

test('nothing is made again for a listen of which nothing has changed', (t) => {
  const render = renderer(parts, version);
  const [web, api, shop] = listens.map((one) => observed(one, podAddresses(3)));
  if (web === undefined || api === undefined || shop === undefined) throw new Error('there are three');
  const make = (observations: readonly Observation[], before?: DesiredFile) =>
    desiredFile({ config: all, version, observations, currentFile: before?.text ?? null, render, previous: before?.allocation ?? [] });
  const second = make([web, api, shop], make([web, api, shop]));
  const third = make([web, observed(api.listen, podAddresses(4)), shop], second);
  t.deepEqual(
    third.allocation.map((one, i) => one === second.allocation[i]),
    [true, false, true],
  );
});
