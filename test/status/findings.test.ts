import test from 'ava';
import { findingsOf, groupFindings } from '../../src/status/findings.ts';
import { badDay, listenStatus, refused, status } from '../support/page/sample.ts';

test('Where all is well there are no findings', (t) => {
  t.deepEqual(findingsOf(status()), []);
});

test('Every kind of trouble is a finding with its remedy, and each is told once', (t) => {
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

test('What holds podfront is an error; a reload that nobody saw is a warning', (t) => {
  const severity = (code: string) => findingsOf(status({ problem: { ...refused, code } })).map((one) => one.severity);
  t.deepEqual(severity('apply.unwritable'), ['error']);
  t.deepEqual(severity('reload.unseen'), ['warning']);
});

test('Answers that outgrow HAProxy are a warning, while all is served', (t) => {
  const findings = findingsOf(status({ warnings: [{ ...refused, code: 'dns.needs-tcp' }] }));
  t.deepEqual(
    findings.map(({ severity, listen, problem }) => [severity, listen, problem.code]),
    [['warning', null, 'dns.needs-tcp']],
  );
});

test('A failed reload that also holds podfront is told once', (t) => {
  const lastReload = { at: '2026-03-01T11:00:00.000Z', why: 'a listen is new', outcome: 'failed', problem: refused } as const;
  t.is(findingsOf(status({ problem: refused, lastReload })).length, 1);
});

test('A thousand listens with one trouble are one group, and errors come first', (t) => {
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
