import { readFileSync } from 'node:fs';
import test from 'ava';
import { metrics } from '../../src/status/metrics.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

const dashboard = JSON.parse(readFileSync(new URL('../../examples/grafana/podfront.json', import.meta.url), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[] };
};
const expressions = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat }))),
  ...dashboard.templating.list.map(({ name, query }) => ({
    title: name,
    expr: typeof query === 'string' ? '' : query.query,
    legendFormat: '',
  })),
];
/** Added by Prometheus. */
const ownLabels = ['instance', 'job'];

/** The metric of the catalogue that a name stands for; the samples of a histogram have a suffix. */
const metricOf = (name: string) => {
  const [, base = ''] = /^(.*)_(?:bucket|sum|count)$/.exec(name) ?? [];
  const histogram = base in metrics && metrics[base as keyof typeof metrics].type === 'histogram';
  return histogram ? base : name;
};

test('the dashboard asks for metrics and labels that podfront has', (t) => {
  t.true(expressions.length > 20);
  for (const { title, expr, legendFormat } of expressions) {
    for (const [, name = '', selector = ''] of expr.matchAll(/\b(podfront_\w+)(?:\{([^}]*)\})?/g)) {
      const metric = metricOf(name);
      t.true(metric in metrics, `${title}: ${name}`);
      const labels: readonly string[] = [...metrics[metric as keyof typeof metrics].labels, ...ownLabels];
      for (const [, label = ''] of selector.matchAll(/(\w+)=~?"/g)) t.true(labels.includes(label), `${title}: ${name} has no ${label}`);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        t.true(labels.includes(label), `${title}: ${name} has no ${label}`);
    }
    for (const [variable = ''] of expr.matchAll(/\$\w+/g))
      t.true(
        dashboard.templating.list.some(({ name }) => `$${name}` === variable),
        `${title}: ${variable}`,
      );
  }
});

test('every metric of an outage is on the dashboard', (t) => {
  for (const name of [
    'podfront_listen_outage',
    'podfront_listen_servers',
    'podfront_listen_failing',
    'podfront_held',
    'podfront_dns_answer_seconds',
  ])
    t.true(
      expressions.some(({ expr }) => expr.includes(name)),
      name,
    );
});

test('rates are taken of counters and histograms alone', (t) => {
  for (const { title, expr } of expressions) {
    for (const [, name = ''] of expr.matchAll(/\b(?:rate|increase)\((podfront_\w+)/g))
      t.not(metrics[metricOf(name) as keyof typeof metrics].type, 'gauge', `${title}: ${name}`);
  }
});

test('panels have numbers of their own and do not overlap', (t) => {
  const { panels } = dashboard;
  t.is(new Set(panels.map(({ id }) => id)).size, panels.length);
  const overlapping = panels.filter(({ gridPos: a }, i) =>
    panels.slice(i + 1).some(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h),
  );
  t.deepEqual(overlapping, []);
  t.true(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
});

/** What Grafana's schema requires of each kind of panel's options: grafana-foundation-sdk 0.0.22, `UnmarshalJSONStrict`, which accepts the file. */
const requiredOptions: Readonly<Record<string, readonly string[]>> = {
  stat: [
    'reduceOptions',
    'textMode',
    'colorMode',
    'graphMode',
    'justifyMode',
    'orientation',
    'wideLayout',
    'showPercentChange',
    'percentChangeColorMode',
  ],
  table: ['frameIndex', 'showHeader'],
  timeseries: ['legend', 'tooltip'],
};

test("every panel has the options that Grafana's schema requires, and no others", (t) => {
  for (const { title, type, options } of dashboard.panels)
    t.deepEqual(Object.keys(options).sort(), [...(requiredOptions[type] ?? [])].sort(), title);
});
