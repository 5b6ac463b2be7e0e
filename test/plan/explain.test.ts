import test from 'ava';
import { desiredFile } from '../../src/plan/desired-file.ts';
import { explain } from '../../src/plan/explain.ts';
import type { Observation } from '../../src/source/observation.ts';
import { address, config, listen, observed, podAddresses } from '../support/config-sample.ts';
import { render, version } from '../support/daemon-with-fakes.ts';

const web = listen({ name: 'web' });

function explained(observations: readonly Observation[], before: readonly Observation[] | null = null): readonly string[] {
  const setup = config(observations.map((one) => one.listen));
  const make = (all: readonly Observation[], currentFile: string | null) =>
    desiredFile({ config: setup, render, version, observations: all, currentFile });
  const desired = make(observations, before === null ? null : make(before, null).text);
  return explain(desired, observations).split('\n');
}

test('a new listen: its records and why, its pods, its slots, and that HAProxy needs a reload', (t) => {
  t.deepEqual(explained([observed(web, podAddresses(3))]), [
    'web: headless: the test says so',
    '  3 pods, 20 slots, 17 free (new)',
    'resolvers: UDP, answers of up to 8192 bytes',
    'file: differs; HAProxy needs a reload',
    '',
  ]);
});

test('without a difference no change is described', (t) => {
  const same = [observed(web, podAddresses(1))];
  const lines = explained(same, same);
  t.is(lines[1], '  1 pod, 20 slots, 19 free');
  t.is(lines.at(-2), 'file: unchanged');
});

test('pods that came, went and were replaced are listed with their servers, the first five of each', (t) => {
  const before = [observed(web, ['127.1.0.1', '127.1.0.2'])];
  const came = explained([observed(web, ['127.1.0.1', '127.1.0.2', '127.1.0.3'])], before);
  t.is(came[2], '  added: 127.1.0.3:443 as pod3');
  t.is(came.at(-2), 'file: only known addresses differ; HAProxy needs no reload');
  t.is(explained([observed(web, ['127.1.0.1'])], before)[2], '  removed: 127.1.0.2:443 from pod2');
  t.is(explained([observed(web, ['127.1.0.1', '127.1.0.9'])], before)[2], '  replaced: 127.1.0.2:443 by 127.1.0.9:443 as pod2');
  t.regex(explained([observed(web, podAddresses(9))], [observed(web, [])])[2] ?? '', /^ {2}added: (\S+ as pod\d(, )?){5} and 4 more$/);
});

test('more slots are described as more than before, and pods without one are counted', (t) => {
  const [, slots] = explained([observed(web, podAddresses(30))], [observed(web, podAddresses(1))]);
  t.regex(slots ?? '', /^ {2}30 pods, \d+ slots, \d+ free \(was 20 slots\)$/);
  const small = listen({ name: 'small', maxExpectedPods: 2 });
  t.deepEqual(explained([observed(small, podAddresses(3))]).slice(1, 3), ['  3 pods, 2 slots, 0 free (new)', '  1 pod without a slot']);
});

test('a service that is the backup is named with the address it has now', (t) => {
  const withBackup = listen({ name: 'web', fallbackServicePort: 8080 });
  const lines = (serviceAddresses: Observation['serviceAddresses']) =>
    explained([observed(withBackup, podAddresses(1), { serviceAddresses })]);
  t.true(lines([address('127.0.0.7')]).includes('  backup web.default.svc.cluster.local:8080, now 127.0.0.7'));
  t.true(lines([]).includes('  backup web.default.svc.cluster.local:8080, address not known yet'));
});
