import { type Html, html } from './html.ts';

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** A duration in its two largest units: `3 min 20 s`; negative durations are 0. */
export function durationText(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([, size]) => rest >= size);
  if (first === -1) return '0 s';
  const parts = units.slice(first, first + 2).flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count} ${unit}`];
  });
  return parts.join(' ');
}

/** A time in UTC (ISO 8601) as a `time` element, with the date unless that is today's. */
export function timeElement(iso: string, now: number): Html {
  const today = new Date(now).toISOString().slice(0, 10);
  const [date = '', time = ''] = iso.split('T');
  return html`<time datetime="${iso}">${date === today ? '' : `${date} `}${time.slice(0, 8)} UTC</time>`;
}
