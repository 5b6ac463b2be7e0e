import { visible } from '../../problem/problem.ts';
import { truncate } from '../../terminal/columns.ts';
import type { MapPanel, MapRow } from './map.ts';

// All lengths in user units, which are pixels at a zoom of 100 %.
const [width, margin, labels, line, gap] = [1000, 24, 340, 24, 28];
const plot = width - 2 * margin - labels;
/** A monospaced character of 12 units is at most 7.3 units wide in the fonts named below. */
const character = 7.3;

/** Colours by their meaning, readable in light and dark; conflicts also differ by their pattern, not by colour alone. */
const style = `
  :root { color-scheme: light dark; }
  text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1c2733; }
  .title { font-weight: 600; }
  .quiet { fill: #52606d; }
  .paper { fill: #ffffff; } .panel { fill: #f4f6f8; stroke: #c9d1d9; } .heart { fill: #1f6feb; opacity: .12; }
  .cluster { fill: #1f6feb; } .error { fill: #cf222e; } .warning { fill: #b7791f; } .known { fill: #6e7781; } .free { fill: #1a7f37; }
  .stripe { stroke: #ffffff; stroke-width: 2; opacity: .7; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9da7b1; }
    .paper { fill: #0d1117; } .panel { fill: #161b22; stroke: #30363d; } .heart { fill: #58a6ff; opacity: .18; }
    .cluster { fill: #58a6ff; } .error { fill: #ff7b72; } .warning { fill: #e3b341; } .known { fill: #8b949e; } .free { fill: #56d364; }
    .stripe { stroke: #0d1117; }
  }`;

const words: Readonly<Record<MapRow['kind'], string>> = {
  cluster: 'cluster',
  error: 'conflict',
  warning: 'warning',
  known: 'known',
  free: 'free',
};

/** The map as an SVG document that needs nothing from elsewhere. */
export function svgMap(panels: readonly MapPanel[]): string {
  const parts: string[] = [];
  let y = margin + 20;
  parts.push(text(margin, y, 'title', 'Networks of the cluster and of this VM'));
  parts.push(...key(y + 14));
  y += 48;
  for (const panel of panels) {
    parts.push(...panelParts(panel, y));
    y += heightOf(panel) + gap;
  }
  const height = y - gap + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="address map">`,
    `<style>${style}\n</style>`,
    `<defs><pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="stripe" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function key(y: number): readonly string[] {
  const kinds = ['cluster', 'error', 'warning', 'known', 'free'] as const;
  return kinds.flatMap((kind, i) => [...box(kind, margin + i * 110, y, 14, 12), text(margin + i * 110 + 20, y + 10, 'quiet', words[kind])]);
}

function heightOf({ rows, more }: MapPanel): number {
  return 62 + line * (rows.length + (more > 0 ? 1 : 0));
}

function panelParts(panel: MapPanel, y: number): readonly string[] {
  const left = margin + labels;
  const height = heightOf(panel);
  const rowsAt = y + 50;
  const heart = span(panel.heart, left);
  const parts = [
    `<g class="group"><rect class="panel" x="${margin - 8}" y="${y}" width="${width - 2 * margin + 16}" height="${height}" rx="6"/>`,
    text(margin, y + 20, 'title', fitted(panel.title, width - 2 * margin)),
    text(left, y + 40, 'quiet', panel.first),
    `<text class="quiet" x="${left + plot}" y="${y + 40}" text-anchor="end">${escaped(panel.last)}</text>`,
    `<rect class="heart" x="${heart.x}" y="${y + 46}" width="${heart.width}" height="${height - 54}"/>`,
  ];
  for (const [i, row] of panel.rows.entries()) parts.push(...rowParts(row, left, rowsAt + line * i));
  if (panel.more > 0) parts.push(text(margin, rowsAt + line * panel.rows.length + 16, 'quiet', `and ${panel.more} more`));
  return [...parts, '</g>'];
}

function rowParts(row: MapRow, left: number, y: number): readonly string[] {
  const { x, width: wide } = span(row, left);
  const name = row.name === row.cidr ? '' : `  ${visible(row.name)}`;
  const parts = [
    `<g class="row"><title>${escaped(`${words[row.kind]}: ${visible(row.name)} ${row.cidr}`)}</title>`,
    text(margin, y + 16, row.kind === 'known' ? 'quiet' : 'name', fitted(`${row.cidr}${name}`, labels - 10)),
    ...box(row.kind, x, y + 5, wide, 14),
  ];
  if (row.wider) parts.push(beyond(row.kind, left - 2, y + 12, -5), beyond(row.kind, left + plot + 2, y + 12, 5));
  return [...parts, '</g>'];
}

/** An arrow head: it goes on there. */
function beyond(kind: MapRow['kind'], x: number, y: number, length: number): string {
  return `<path class="${kind}" d="M${x} ${y - 5}l${length} 5l${-length} 5z"/>`;
}

function box(kind: MapRow['kind'], x: number, y: number, wide: number, high: number): readonly string[] {
  const at = `x="${x}" y="${y}" width="${wide}" height="${high}" rx="2"`;
  const plain = `<rect class="${kind}" ${at}/>`;
  return kind === 'error' || kind === 'warning' ? [plain, `<rect fill="url(#stripes)" ${at}/>`] : [plain];
}

/** Small networks stay visible: at least three units. */
function span({ from, to }: { readonly from: number; readonly to: number }, left: number): { readonly x: number; readonly width: number } {
  const wide = Math.max(3, Math.round((to - from) * plot * 10) / 10);
  return { x: Math.min(left + plot - wide, left + Math.round(from * plot * 10) / 10), width: wide };
}

function fitted(content: string, room: number): string {
  return truncate(content, Math.floor(room / character), '…');
}

function text(x: number, y: number, kind: string, content: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escaped(content)}</text>`;
}

/** Names come from hostile input; control characters have been made visible before. */
function escaped(content: string): string {
  return content.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
