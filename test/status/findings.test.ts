import test from 'ava';
import { findingsOf, groupFindings } from '../../src/status/findings.ts';
import { badDay, listenStatus, refused, status } from '../support/page/sample.ts';

test('A good status has no findings', (t) => {
  t.deepEqual(findingsOf(status()), []);
});

test('Every kind of problem is a finding with its remedy, and each appears once', (t) => {
  t.deepEqual(
    findingsOf(badDay()).map(({ severity, listen, problem: { code } }) => [severity, listen, code]),
    [
      ['error', null, 'config.unknown-key'],
      ['error', null, 'reload.failed'],
      // The listen is left because it was refused: one thing, not two.
      ['error', 'forum', 'haproxy.refused'],
      ['error', 'shop', 'render.overflow'],
      ['warning', 'mail', 'dns.silent'],
      ['error', 'wiki', 'dns.silent'],
    ],
  );
  for (const { problem } of findingsOf(badDay())) t.true(problem.hint.length > 0);
});

test('A problem that stops podfront is an error; an unconfirmed reload is a warning', (t) => {
  const severity = (code: string) => findingsOf(status({ problem: { ...refused, code } })).map((one) => one.severity);
  t.deepEqual(severity('apply.unwritable'), ['error']);
  t.deepEqual(severity('reload.unseen'), ['warning']);
});

test('Answers that become too large for HAProxy are a warning', (t) => {
  const findings = findingsOf(status({ warnings: [{ ...refused, code: 'dns.needs-tcp' }] }));
  t.deepEqual(
    findings.map(({ severity, listen, problem }) => [severity, listen, problem.code]),
    [['warning', null, 'dns.needs-tcp']],
  );
});

test('A failed reload that also stops podfront appears once', (t) => {
  const lastReload = { at: '2026-03-01T11:00:00.000Z', why: 'a listen is new', outcome: 'failed', problem: refused } as const;
  t.is(findingsOf(status({ problem: refused, lastReload })).length, 1);
});

test('A thousand listens with the same problem are one group, and errors come first', (t) => {
  const listens = Array.from({ length: 1_000 }, (_, i) => listenStatus({ listen: `l${i}`, state: 'stale', failing: refused }));
  const groups = groupFindings(findingsOf(status({ listens: [...listens, listenStatus({ pods: 21, slots: 20 })] })));
  t.deepEqual(
    groups.map(({ severity, code, findings }) => [severity, code, findings.length]),
    [
      ['error', 'render.overflow', 1],
      ['warning', 'dns.refused', 1_000],
    ],
  );
});
