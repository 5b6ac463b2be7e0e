/** A histogram of Prometheus: each bucket counts the values up to its bound, including those of lower buckets. */
export interface Histogram {
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

/** A recorder of values for a histogram. */
export interface HistogramRecorder {
  readonly record: (value: number) => void;
  readonly read: () => Histogram;
}

/** Opens an empty histogram. `bounds` are in ascending order. */
export function openHistogram(bounds: readonly number[]): HistogramRecorder {
  const counts = new Array<number>(bounds.length).fill(0);
  let [sum, count] = [0, 0];
  return {
    record(value) {
      sum += value;
      count++;
      const i = bounds.findIndex((bound) => value <= bound);
      if (i !== -1) counts[i] = (counts[i] ?? 0) + 1;
    },
    read() {
      const upTo = (i: number) => counts.slice(0, i + 1).reduce((all, one) => all + one, 0);
      return { buckets: bounds.map((le, i) => ({ le, count: upTo(i) })), sum, count };
    },
  };
}

/** Bounds for the latency of an answer or a change, in seconds. */
export const latencyBounds: readonly number[] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
