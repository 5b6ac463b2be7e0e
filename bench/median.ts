/** The median of measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A row of a bench: what, the median in milliseconds, and the spread it came from. */
export function row(what: string, times: readonly number[]): string {
  return `${what.padEnd(60)} ${median(times).toFixed(1).padStart(8)} ms   (${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}, ${times.length} runs)`;
}
