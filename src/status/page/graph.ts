import { type HistorySpan, type ListenCondition, sampleSeconds, samplesPerHour } from '../history.ts';
import { type Html, html } from './html.ts';
import { durationText } from './times.ts';

/** The heights of the band below the counts, out of 6. A worse condition is higher, so that no meaning depends on colour alone. */
const heights: Readonly<Record<ListenCondition, number>> = { current: 1, pending: 2, stale: 3, held: 4, failing: 6, unknown: 0 };

/**
 * Draws the last hour of one listen: pods as an area, slots as a line above it, and a band with the condition below. One unit of x
 * is one sample and one unit of y is one pod, so that the drawing is exact.
 */
export function graph(spans: readonly HistorySpan[], name: string): Html {
  const known = spans.filter(({ condition }) => condition !== 'unknown');
  const most = Math.max(1, ...known.map(({ pods, slots }) => Math.max(pods, slots)));
  const words = describeHistory(spans);
  return html`<svg class="hour" role="img" aria-label="${name}, last hour: ${words}"><svg class="counts" viewBox="0 0 ${samplesPerHour} ${most}" preserveAspectRatio="none" height="30" y="2">${areaOf(known, most)}${lineOf(known, most)}</svg><svg viewBox="0 0 ${samplesPerHour} 6" preserveAspectRatio="none" height="9" y="35">${bandOf(spans)}</svg></svg>`;
}

/** Describes the drawing in words, for people who do not see it. */
export function describeHistory(spans: readonly HistorySpan[]): string {
  const known = spans.filter(({ condition }) => condition !== 'unknown');
  if (known.length === 0) return 'nothing recorded yet';
  const spent = (...wanted: readonly ListenCondition[]) =>
    spans.reduce((sum, { from, to, condition }) => (wanted.includes(condition) ? sum + to - from : sum), 0) * sampleSeconds;
  const parts = (['stale', 'held', 'failing', 'unknown'] as const).flatMap((condition) => {
    const seconds = spent(condition);
    return seconds === 0 ? [] : [`${phrases[condition]} ${durationText(seconds)}`];
  });
  const unrecorded = (spans[0]?.from ?? 0) * sampleSeconds;
  return [
    range(
      known.map(({ pods }) => pods),
      'pod',
    ),
    range(
      known.map(({ slots }) => slots),
      'slot',
    ),
    ...parts,
    ...(unrecorded === 0 ? [] : [`recorded for ${durationText(3_600 - unrecorded)}`]),
  ].join(', ');
}

const phrases = {
  stale: 'old answer for',
  held: 'held back for',
  failing: 'no answer or no traffic for',
  unknown: 'not recorded for',
} as const;

function range(values: readonly number[], what: string): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const whats = most === 1 ? what : `${what}s`;
  return least === most ? `${least} ${whats}` : `${least}\u2013${most} ${whats}`;
}

/** Adjoining spans as the steps of a path: relative horizontal and vertical moves in whole numbers. */
function stepsOf(
  spans: readonly HistorySpan[],
  countOf: (span: HistorySpan) => number,
): readonly { from: number; first: number; moves: string }[] {
  const shapes: { from: number; to: number; first: number; last: number; wide: number; moves: string }[] = [];
  for (const span of spans) {
    const [shape, value, wide] = [shapes.at(-1), countOf(span), span.to - span.from];
    if (shape === undefined || shape.to !== span.from) {
      shapes.push({ from: span.from, to: span.to, first: value, last: value, wide, moves: '' });
      continue;
    }
    shape.to = span.to;
    if (value === shape.last) {
      shape.wide += wide;
      continue;
    }
    shape.moves += `h${shape.wide}v${shape.last - value}`;
    shape.last = value;
    shape.wide = wide;
  }
  return shapes.map(({ from, first, wide, moves }) => ({ from, first, moves: `${moves}h${wide}` }));
}

function areaOf(spans: readonly HistorySpan[], most: number): Html {
  const shapes = stepsOf(spans, ({ pods }) => pods);
  return html`<path class="pods" d="${shapes.map(({ from, first, moves }) => `M${from} ${most}v${-first}${moves}V${most}Z`).join('')}"/>`;
}

function lineOf(spans: readonly HistorySpan[], most: number): Html {
  const shapes = stepsOf(spans, ({ slots }) => slots);
  return html`<path class="slots" d="${shapes.map(({ from, first, moves }) => `M${from} ${most - first}${moves}`).join('')}"/>`;
}

/** A bar for each period of one condition, whatever the counts. */
function bandOf(spans: readonly HistorySpan[]): readonly Html[] {
  const bars: { condition: ListenCondition; from: number; to: number }[] = [];
  for (const { condition, from, to } of spans) {
    const bar = bars.at(-1);
    if (bar?.condition === condition) bar.to = to;
    else bars.push({ condition, from, to });
  }
  return bars
    .filter(({ condition }) => heights[condition] > 0)
    .map(({ condition, from, to }) => {
      const height = heights[condition];
      return html`<rect class="${condition}" x="${from}" y="${6 - height}" width="${to - from}" height="${height}"/>`;
    });
}
