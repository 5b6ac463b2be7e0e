import type { Counter, Gauge } from 'prom-client';
import { metrics, samplesOf } from './metrics.ts';
import type { Status } from './status.ts';

/** Formats a status as metrics in Prometheus' text format, together with those of the process. */
export interface Exposition {
  readonly contentType: string;
  readonly text: (status: Status) => Promise<string>;
}

/** Registers the metrics of the catalogue. prom-client is loaded here, because only a daemon with a status address needs it. */
export async function openExposition(): Promise<Exposition> {
  const { Counter, Gauge, Registry, collectDefaultMetrics } = await import('prom-client');
  const registers = [new Registry()];
  const [register] = registers;
  collectDefaultMetrics(register === undefined ? {} : { register });
  const meters = new Map<string, Counter | Gauge>(
    Object.entries(metrics).map(([name, { type, help, labels }]) => {
      const options = { name, help, labelNames: [...labels], registers };
      return [name, type === 'counter' ? new Counter(options) : new Gauge(options)];
    }),
  );
  return {
    contentType: register?.contentType ?? '',
    async text(status) {
      for (const meter of meters.values()) meter.reset();
      for (const { name, labels, value } of samplesOf(status)) meters.get(name)?.inc(labels, value);
      return (await register?.metrics()) ?? '';
    },
  };
}
