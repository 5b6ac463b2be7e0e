import test from 'ava';
import { parse } from 'yaml';
import { metricsPage } from '../../scripts/docs/metrics.ts';
import { page } from '../support/docs/pages.ts';

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string; readonly for?: string }[] }[];
}

const rules = (parse(page('examples/alerts/podfront.rules.yaml')) as Rules).groups.flatMap((group) => group.rules);
const metricsIn = (text: string) => [...new Set(text.match(/\bpodfront_[a-z_]+\b/g) ?? [])];
const known = metricsIn(metricsPage());
const operations = page('docs/operations.md');

/** What the rules use of PromQL: samples, compared with a number, joined by set operators. */
const series = String.raw`podfront_[a-z_]+(?:\{[a-z_]+="[^"{}]*"\})?`;
const sample = String.raw`(?:${series}|increase\(${series}\[\d+m\]\)|absent\(podfront_[a-z_]+\))`;
const compared = String.raw`${sample}(?: (?:==|!=|>=|<=|>|<) \d+)?`;
const promql = new RegExp(`^${compared}(?: (?:and|or|unless) ${compared})*$`);

test('docs/operations.md speaks of no metric that podfront does not have', (t) => {
  t.deepEqual(
    metricsIn(operations).filter((name) => !known.includes(name)),
    [],
  );
});

for (const { alert, expr, for: held } of rules) {
  test(`the alert ${alert} stands on metrics that there are, and docs/operations.md tells of it`, (t) => {
    t.regex(expr, promql);
    t.true(metricsIn(expr).length > 0);
    t.deepEqual(
      metricsIn(expr).filter((name) => !known.includes(name)),
      [],
    );
    const [metric = ''] = metricsIn(expr);
    const row = operations.split('\n').find((line) => line.startsWith('|') && line.split('|')[1]?.includes(metric)) ?? '';
    t.true(row.includes(metric), `no row tells of ${metric}`);
    const minutes: Readonly<Record<string, string>> = { '1m': 'for a minute', '2m': 'for two minutes', '5m': 'for five minutes' };
    t.true(held === undefined || row.includes(minutes[held] ?? held), `${row} does not say ${held}`);
  });
}
