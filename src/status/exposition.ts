import type { Histogram } from './histogram.ts';
import { metrics, type Sample, samplesOf } from './metrics.ts';
import type { Status } from './status.ts';

/** The formats of Prometheus: its text format, and OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** Formats a status as metrics, together with those of the process. */
export type Exposition = (status: Status, format: ExpositionFormat) => Promise<string>;

/** The media types of the formats. */
export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The format that a client prefers, by its Accept header. */
export function formatFor(accept: string | undefined): ExpositionFormat {
  return accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'text';
}

/** Histograms by the name of their metric. */
export type Histograms = Readonly<Record<string, () => Histogram>>;

/** A metric with its values. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** `suffix` is that of a bucket, a sum or a count; empty otherwise. */
  readonly values: readonly {
    readonly suffix: string;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
  }[];
}

/** Registers the metrics of the process. prom-client is loaded here, because only a daemon with a status address needs it. */
export async function openExposition(histograms: Histograms): Promise<Exposition> {
  const { Registry, collectDefaultMetrics } = await import('prom-client');
  const register = new Registry();
  collectDefaultMetrics({ register });
  return async (status, format) =>
    formatMetrics([...familiesOf(status, histograms), ...processFamilies(await register.getMetricsAsJSON())], format);
}

function familiesOf(status: Status, histograms: Histograms): readonly MetricFamily[] {
  const samples = new Map<string, Sample[]>();
  for (const sample of samplesOf(status)) {
    const group = samples.get(sample.name);
    if (group === undefined) samples.set(sample.name, [sample]);
    else group.push(sample);
  }
  return Object.entries(metrics).map(([name, { type, help }]) => {
    const histogram = histograms[name];
    const values =
      type === 'histogram'
        ? histogram === undefined
          ? []
          : histogramValues(histogram())
        : (samples.get(name) ?? []).map(({ labels, value }) => ({ suffix: '', labels, value }));
    return { name, help, type, values };
  });
}

function histogramValues({ buckets, sum, count }: Histogram): MetricFamily['values'] {
  return [
    ...buckets.map(({ le, count: value }) => ({ suffix: '_bucket', labels: { le: String(le) }, value })),
    { suffix: '_bucket', labels: { le: '+Inf' }, value: count },
    { suffix: '_sum', labels: {}, value: sum },
    { suffix: '_count', labels: {}, value: count },
  ];
}

/** A metric of prom-client. */
interface ProcessMetric {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly values?: readonly {
    readonly metricName?: string;
    readonly labels: Readonly<Record<string, string | number | undefined>>;
    readonly value: number;
  }[];
}

function processFamilies(all: readonly ProcessMetric[]): readonly MetricFamily[] {
  return all.map(({ name, help, type, values = [] }) => ({
    name,
    help,
    type: String(type),
    values: values.map(({ metricName = name, labels, value }) => ({
      suffix: metricName.slice(name.length),
      labels: Object.fromEntries(Object.entries(labels).flatMap(([label, text]) => (text === undefined ? [] : [[label, text]]))),
      value,
    })),
  }));
}

/** Writes metrics in one of the formats. In OpenMetrics the family of a counter has no `_total`, and the text ends with `# EOF`. */
export function formatMetrics(families: readonly MetricFamily[], format: ExpositionFormat): string {
  const lines = families.flatMap(({ name, help, type, values }) => {
    const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
    return [
      `# HELP ${family} ${format === 'openmetrics' ? quotable(help) : escaped(help)}`,
      `# TYPE ${family} ${type}`,
      ...values.map(({ suffix, labels, value }) => `${name}${suffix}${labelsText(labels)} ${numberText(value)}`),
    ];
  });
  return `${[...lines, ...(format === 'openmetrics' ? ['# EOF'] : [])].join('\n')}\n`;
}

function labelsText(labels: MetricFamily['values'][number]['labels']): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${quotable(String(value))}"`);
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}

/** Text escaped for quotes; in OpenMetrics also the help is escaped like this. */
function quotable(text: string): string {
  return escaped(text).replaceAll('"', '\\"');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
