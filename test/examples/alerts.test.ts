import { readFileSync } from 'node:fs';
import test from 'ava';
import { parse } from 'yaml';
import { metrics } from '../../src/status/metrics.ts';

const rules = parse(readFileSync(new URL('../../examples/alerts/podfront.rules.yaml', import.meta.url), 'utf8')).groups[0]
  .rules as readonly {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}[];

test('alert rules use metrics and labels that exist', (t) => {
  for (const { alert, expr, annotations } of rules) {
    const names = expr.match(/podfront_\w+/g) ?? [];
    t.true(names.length > 0, alert);
    for (const name of names) t.true(name in metrics, `${alert}: ${name}`);
    const labels: readonly string[] = metrics[names[0] as keyof typeof metrics].labels;
    for (const [, label = ''] of Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g))
      t.true(labels.includes(label), `${alert}: ${label}`);
  }
});

test('overflow, stale knowledge, a refused configuration and a failed reload each raise an alert', (t) => {
  for (const name of [
    'podfront_listen_overflow',
    'podfront_listen_stale_seconds',
    'podfront_config_refused',
    'podfront_last_reload_failed',
  ])
    t.true(
      rules.some(({ expr }) => expr.includes(name)),
      name,
    );
});
