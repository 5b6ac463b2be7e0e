import { visible } from '../../problem/problem.ts';
import { columnsOf, padToColumns, truncate } from '../../terminal/columns.ts';
import type { MapBar, MapPanel, MapRow } from './map.ts';
import type { Paint } from './table.ts';

const marks: Readonly<Record<MapBar['kind'], string>> = { cluster: '#', error: 'X', warning: '!', known: '=', free: '+' };
const colours: Readonly<Record<MapBar['kind'], number>> = { cluster: 34, error: 31, warning: 33, known: 2, free: 32 };

/** The map for a terminal, plain ASCII: it may be that of an activation script, without a locale. `columns` is the terminal's width. */
export function terminalMap(panels: readonly MapPanel[], columns: number, paint: Paint): string {
  const rows = panels.flatMap((panel) => panel.rows);
  const label = Math.min(48, Math.max(0, ...rows.map((row) => columnsOf(labelOf(row)))));
  const width = Math.max(24, Math.min(64, columns - label - 3));
  const key = '# cluster  X conflict  ! warning  = known  + free';
  return [...panels.map((panel) => panelText(panel, label, width, paint)), `${key}\n`].join('\n');
}

function panelText({ title, first, last, all, focus, rows, more }: MapPanel, label: number, width: number, paint: Paint): string {
  const scale = first.length + last.length + 2 <= width ? `${first.padEnd(width - last.length)}${last}` : `${first} - ${last}`;
  const lines = [title, `${' '.repeat(label)}  ${scale}`];
  if (focus === null) lines.push(`${padToColumns('everything', label)} |${line(all, width, paint)}|`);
  for (const row of rows) {
    const [left, right] = row.wider ? ['<', '>'] : ['|', '|'];
    lines.push(`${padToColumns(truncate(labelOf(row), label, '~'), label)} ${left}${line([row], width, paint)}${right}`);
  }
  if (more > 0) lines.push(`${' '.repeat(label)}  and ${more} more`);
  return `${lines.join('\n')}\n`;
}

/** Bars on one line, the later above the earlier ones. */
function line(bars: readonly MapBar[], width: number, paint: Paint): string {
  const cells: (MapBar['kind'] | null)[] = Array(width).fill(null);
  for (const { kind, from, to } of bars) {
    const start = Math.min(width - 1, Math.floor(from * width));
    cells.fill(kind, start, Math.max(start + 1, Math.ceil(to * width)));
  }
  let text = '';
  for (let start = 0; start < width; ) {
    const kind = cells[start] ?? null;
    let end = start;
    while (end < width && cells[end] === kind) end++;
    text += kind === null ? '.'.repeat(end - start) : paint(colours[kind], marks[kind].repeat(end - start));
    start = end;
  }
  return text;
}

function labelOf({ name, cidr }: MapRow): string {
  return name === cidr ? cidr : `${cidr} ${visible(name)}`;
}
