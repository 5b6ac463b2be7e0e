import { visible } from '../../problem/problem.ts';
import { truncate } from '../../terminal/columns.ts';
import type { MapBar, MapPanel, MapRow, MapSpan } from './map.ts';

// The drawing is as wide as its container: widths are in per cent, text and heights in pixels. So text has the same size on a phone
// and on a wide screen, and must fit a screen of 390 pixels.
const [margin, plot] = [5, 90];
/** A monospaced character of 12 pixels is at most 7.3 wide in the fonts named below. */
const maxTextLength = Math.floor((390 * plot) / 100 / 7.3);
const [lineHeight, barHeight, rowHeight, gap] = [18, 12, 38, 24];

/** Colours by their meaning, readable in light and dark; conflicts also differ by their pattern, not by colour alone. */
const style = `
  .map { color-scheme: light dark; width: 100%; }
  .map text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1c2733; }
  .map .title { font-weight: 600; }
  .map .muted { fill: #52606d; }
  .background { fill: #ffffff; } .panel { fill: #f4f6f8; stroke: #c9d1d9; } .focus { fill: #1f6feb; opacity: .12; } .track { fill: #dfe4e9; }
  .cluster { fill: #1f6feb; } .error { fill: #cf222e; } .warning { fill: #b7791f; } .known { fill: #6e7781; } .free { fill: #1a7f37; }
  rect.cluster { stroke: #1f6feb; } rect.error { stroke: #cf222e; } rect.warning { stroke: #b7791f; } rect.known { stroke: #6e7781; } rect.free { stroke: #1a7f37; }
  rect { stroke-width: 2; } .panel { stroke-width: 1; }
  .stripe { stroke: #ffffff; stroke-width: 2; opacity: .7; }
  @media (prefers-color-scheme: dark) {
    .map text { fill: #e6edf3; } .map .muted { fill: #9da7b1; }
    .background { fill: #0d1117; } .panel { fill: #161b22; stroke: #30363d; } .focus { fill: #58a6ff; opacity: .18; } .track { fill: #262c34; }
    .cluster { fill: #58a6ff; } .error { fill: #ff7b72; } .warning { fill: #e3b341; } .known { fill: #8b949e; } .free { fill: #56d364; }
    rect.cluster { stroke: #58a6ff; } rect.error { stroke: #ff7b72; } rect.warning { stroke: #e3b341; } rect.known { stroke: #8b949e; } rect.free { stroke: #56d364; }
    .stripe { stroke: #0d1117; }
  }`;

const kindLabels: Readonly<Record<MapBar['kind'], string>> = {
  cluster: 'cluster',
  error: 'conflict',
  warning: 'warning',
  known: 'known',
  free: 'free',
};

/** The map as an SVG document that needs nothing else. */
export function svgMap(panels: readonly MapPanel[]): string {
  const parts = [text(margin, 36, 'title', 'Networks of the cluster and of this VM'), ...legend(52)];
  let y = 108;
  for (const panel of panels) {
    const { drawn, height } = panelParts(panel, y);
    parts.push(...drawn);
    y += height + gap;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="map" width="100%" height="${y}" role="img" aria-label="address map">`,
    `<style>${style}\n</style>`,
    `<defs><pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="stripe" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>`,
    `<rect class="background" width="100%" height="${y}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function legend(y: number): readonly string[] {
  const kinds = ['cluster', 'error', 'warning', 'known', 'free'] as const;
  return kinds.flatMap((kind, i) => {
    const [column, top] = [(i % 3) * 110, y + Math.floor(i / 3) * 22];
    const at = `x="${margin}%" y="${top}" width="${column + 100}" height="20" overflow="visible"`;
    return [`<svg ${at}>`, ...box(kind, `${column}`, 2, '14'), plainText(`${column + 22}`, 13, 'muted', kindLabels[kind]), '</svg>'];
  });
}

function panelParts(panel: MapPanel, top: number): { readonly drawn: readonly string[]; readonly height: number } {
  const { title, first, last, all, focus, rows, more } = panel;
  const drawn: string[] = [];
  let y = top + 22;
  drawn.push(text(margin, y, 'title', title));
  y += lineHeight + 2;
  drawn.push(text(margin, y, 'muted', first));
  if (first.length + last.length + 2 > maxTextLength) y += lineHeight;
  drawn.push(`<text class="muted" x="${margin + plot}%" y="${y}" text-anchor="end">${escaped(last)}</text>`);
  y += 8;
  const plotTop = y;
  if (focus === null) {
    drawn.push(`<g class="row"><rect class="track" x="${margin}%" y="${y}" width="${plot}%" height="${barHeight}"/>`);
    for (const bar of all) drawn.push(...bars(bar, y));
    drawn.push('</g>');
    y += barHeight + 6;
  }
  for (const row of rows) {
    drawn.push(...rowParts(row, y));
    y += rowHeight;
  }
  if (more > 0) drawn.push(text(margin, y + 14, 'muted', `and ${more} more`));
  y += more > 0 ? lineHeight + 6 : 6;
  const frame = `<rect class="panel" x="${margin / 2}%" y="${top}" width="${plot + margin}%" height="${y - top}" rx="6"/>`;
  const { x, width } = place(focus ?? { from: 0, to: 0 });
  const highlight = focus === null ? [] : [`<rect class="focus" x="${x}" y="${plotTop}" width="${width}" height="${y - plotTop - 4}"/>`];
  return { drawn: ['<g>', frame, ...highlight, ...drawn, '</g>'], height: y - top };
}

/** The label above its bar. */
function rowParts(row: MapRow, y: number): readonly string[] {
  const name = row.name === row.cidr ? '' : `  ${visible(row.name)}`;
  return [
    `<g class="row"><title>${escaped(`${kindLabels[row.kind]}: ${visible(row.name)} ${row.cidr}`)}</title>`,
    text(margin, y + 14, row.kind === 'known' ? 'muted' : 'name', `${row.cidr}${name}`),
    ...bars(row, y + 20),
    ...(row.wider ? [arrow(row.kind, margin, y + 20, -6), arrow(row.kind, margin + plot, y + 20, 6)] : []),
    '</g>',
  ];
}

function bars(bar: MapBar, y: number): readonly string[] {
  const { x, width } = place(bar);
  return box(bar.kind, x, y, width);
}

/** An arrow head, where a network extends beyond the panel. */
function arrow(kind: MapBar['kind'], percent: number, y: number, length: number): string {
  const start = Math.sign(length) * 3;
  return `<svg x="${percent}%" y="${y}" overflow="visible"><path class="${kind}" d="M${start} 0l${length} ${barHeight / 2}l${-length} ${barHeight / 2}z"/></svg>`;
}

/** The stroke keeps the smallest network visible. */
function box(kind: MapBar['kind'], x: string, y: number, width: string): readonly string[] {
  const at = `x="${x}" y="${y}" width="${width}" height="${barHeight}"`;
  const plain = `<rect class="${kind}" ${at}/>`;
  return kind === 'error' || kind === 'warning' ? [plain, `<rect fill="url(#stripes)" ${at}/>`] : [plain];
}

function place({ from, to }: MapSpan): { readonly x: string; readonly width: string } {
  const percent = (value: number) => `${Number((value * plot).toFixed(4))}`;
  return { x: `${Number((margin + from * plot).toFixed(4))}%`, width: `${Math.max(0.001, Number(percent(to - from)))}%` };
}

/** Text at a place in per cent, cut to what fits the narrowest screen. */
function text(percent: number, y: number, kind: string, content: string): string {
  return plainText(`${percent}%`, y, kind, truncate(content, maxTextLength, '…'));
}

function plainText(x: string, y: number, kind: string, content: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escaped(content)}</text>`;
}

/** Names come from hostile input; control characters have been made visible before. */
function escaped(content: string): string {
  return content.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
