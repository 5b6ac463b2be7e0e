import { visible } from '../../problem/problem.ts';
import { columnsOf, padToColumns, truncate } from '../../terminal/columns.ts';
import type { MapPanel, MapRow } from './map.ts';
import type { Paint } from './table.ts';

const marks: Readonly<Record<MapRow['kind'], string>> = { cluster: '#', error: 'X', warning: '!', known: '=', free: '+' };
const tints: Readonly<Record<MapRow['kind'], number>> = { cluster: 34, error: 31, warning: 33, known: 2, free: 32 };

/** The map for a terminal, plain ASCII: it may be an activation script's, without a locale. `columns` is the terminal's width. */
export function terminalMap(panels: readonly MapPanel[], columns: number, paint: Paint): string {
  const rows = panels.flatMap((panel) => panel.rows);
  const label = Math.min(48, Math.max(0, ...rows.map((row) => columnsOf(labelOf(row)))));
  const width = Math.max(24, Math.min(64, columns - label - 3));
  const key = '# cluster  X conflict  ! warning  = known  + free';
  return [...panels.map((panel) => panelText(panel, label, width, paint)), `${key}\n`].join('\n');
}

function panelText({ title, first, last, rows, more }: MapPanel, label: number, width: number, paint: Paint): string {
  const scale = first.length + last.length + 2 <= width ? `${first.padEnd(width - last.length)}${last}` : `${first} - ${last}`;
  const lines = [title, `${' '.repeat(label)}  ${scale}`];
  for (const row of rows) lines.push(`${padToColumns(truncate(labelOf(row), label, '~'), label)} ${bar(row, width, paint)}`);
  if (more > 0) lines.push(`${' '.repeat(label)}  and ${more} more`);
  return `${lines.join('\n')}\n`;
}

function bar({ kind, from, to, wider }: MapRow, width: number, paint: Paint): string {
  const start = Math.min(width - 1, Math.floor(from * width));
  const end = Math.max(start + 1, Math.ceil(to * width));
  const ends = wider ? (['<', '>'] as const) : (['|', '|'] as const);
  const dots = (n: number) => '.'.repeat(Math.max(0, n));
  return `${ends[0]}${dots(start)}${paint(tints[kind], marks[kind].repeat(end - start))}${dots(width - end)}${ends[1]}`;
}

function labelOf({ name, cidr }: MapRow): string {
  return name === cidr ? cidr : `${cidr} ${visible(name)}`;
}
