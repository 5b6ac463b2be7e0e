import { type ListenCondition, type Span, sampleSeconds, samplesPerHour } from '../history.ts';
import { type Html, html } from './html.ts';
import { durationText } from './times.ts';

/** Heights of the band below the counts, of 6: what is worse is higher, so that no meaning hangs on a colour alone. */
const heights: Readonly<Record<ListenCondition, number>> = { fresh: 1, asking: 2, stale: 3, left: 4, failing: 6, unknown: 0 };

/**
 * The last hour of one listen as a small drawing: pods as an area, slots as a line above it, and below a band that tells how
 * well it was known. One unit of x is one sample, one unit of y is one pod, so that what is drawn is exact.
 */
export function graph(spans: readonly Span[], name: string): Html {
  const seen = spans.filter(({ condition }) => condition !== 'unknown');
  const most = Math.max(1, ...seen.map(({ pods, slots }) => Math.max(pods, slots)));
  const words = describeHistory(spans);
  return html`<svg class="hour" role="img" aria-label="${name}, last hour: ${words}"><svg class="counts" viewBox="0 0 ${samplesPerHour} ${most}" preserveAspectRatio="none" height="30" y="2">${areaOf(seen, most)}${lineOf(seen, most)}</svg><svg viewBox="0 0 ${samplesPerHour} 6" preserveAspectRatio="none" height="9" y="35">${bandOf(spans)}</svg></svg>`;
}

/** What the drawing shows, for those who do not see it. */
export function describeHistory(spans: readonly Span[]): string {
  const seen = spans.filter(({ condition }) => condition !== 'unknown');
  if (seen.length === 0) return 'nothing seen yet';
  const spent = (...wanted: readonly ListenCondition[]) =>
    spans.reduce((sum, { from, to, condition }) => (wanted.includes(condition) ? sum + to - from : sum), 0) * sampleSeconds;
  const parts = (['stale', 'left', 'failing', 'unknown'] as const).flatMap((condition) => {
    const seconds = spent(condition);
    return seconds === 0 ? [] : [`${said[condition]} ${durationText(seconds)}`];
  });
  const young = (spans[0]?.from ?? 0) * sampleSeconds;
  return [
    range(
      seen.map(({ pods }) => pods),
      'pod',
    ),
    range(
      seen.map(({ slots }) => slots),
      'slot',
    ),
    ...parts,
    ...(young === 0 ? [] : [`seen for ${durationText(3_600 - young)}`]),
  ].join(', ');
}

const said = { stale: 'stale for', left: 'left as it was for', failing: 'failing for', unknown: 'not looked at for' } as const;

function range(values: readonly number[], what: string): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const whats = most === 1 ? what : `${what}s`;
  return least === most ? `${least} ${whats}` : `${least}\u2013${most} ${whats}`;
}

/** Stretches of the same value that touch, as steps of a path: horizontal and vertical moves, relative, of whole numbers. */
function stepsOf(spans: readonly Span[], countOf: (span: Span) => number): readonly { from: number; first: number; moves: string }[] {
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

function areaOf(spans: readonly Span[], most: number): Html {
  const shapes = stepsOf(spans, ({ pods }) => pods);
  return html`<path class="pods" d="${shapes.map(({ from, first, moves }) => `M${from} ${most}v${-first}${moves}V${most}Z`).join('')}"/>`;
}

function lineOf(spans: readonly Span[], most: number): Html {
  const shapes = stepsOf(spans, ({ slots }) => slots);
  return html`<path class="slots" d="${shapes.map(({ from, first, moves }) => `M${from} ${most - first}${moves}`).join('')}"/>`;
}

/** One bar for each stretch of one condition, however the counts changed meanwhile. */
function bandOf(spans: readonly Span[]): readonly Html[] {
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
