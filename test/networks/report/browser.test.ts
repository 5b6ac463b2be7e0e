import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { MapPanel, MapRow } from '../../../src/networks/report/map.ts';
import { svgMap } from '../../../src/networks/report/svg.ts';
import { folderOf } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';
import { type Box, layoutOf, type MapLayout } from '../../support/networks/browser.ts';

/** Of a phone and of a laptop, in pixels. */
const widths = [390, 1280] as const;
const scenes = fileURLToPath(new URL('../../../fixtures/networks/scene/', import.meta.url));

needs('chromium')('In a real browser no label of a map overlaps another, and each stays inside its box', (t) => {
  for (const name of readdirSync(scenes)) {
    const svg = readFileSync(join(scenes, name, 'map.svg'), 'utf8');
    for (const width of widths) isLegible(t, layoutOf(svg, folderOf(t), 'light', width), width, name);
  }
});

needs('chromium')('A map of hostile names and the longest addresses is drawn as well', (t) => {
  const names = [
    '</text><script>alert(1)</script>',
    '\u202Eright to left',
    '東京本社のネットワークとても長い名前',
    'W'.repeat(300),
    '&amp;',
    '\'"><rect class="background"/>',
    '👩‍👩‍👧‍👦 family',
  ];
  const long = 'fd00:1111:2222:3333:4444:5555:6666:7777/128';
  const rows: MapRow[] = names.map((name, i) => ({
    kind: i % 2 === 0 ? 'error' : 'warning',
    name,
    cidr: i % 3 === 0 ? long : '10.0.0.0/24',
    from: 1 - i / 10_000_000,
    to: 1,
    wider: i === 2,
  }));
  const panel: MapPanel = {
    title: `${'W'.repeat(200)}`,
    first: 'fd00:1111:2222:3333:4444:5555:6666:0',
    last: 'fd00:1111:2222:3333:4444:5555:6666:ffff',
    all: [],
    focus: { from: 0, to: 1 },
    rows,
    more: 3,
  };
  const overview: MapPanel = { ...panel, all: rows, focus: null, rows: [] };
  const layout = layoutOf(svgMap([overview, panel]), folderOf(t), 'light', 390);
  isLegible(t, layout, 390, 'hostile');
  t.is(layout.bars.filter(({ what }) => what === 'error').length, 8, 'names are text, and make no shapes');
});

needs('chromium')('A map is dark on light and light on dark, as the reader has it', (t) => {
  const svg = readFileSync(join(scenes, 'an-office-lan-a-vpn-and-a-docker-bridge', 'map.svg'), 'utf8');
  const folder = folderOf(t);
  for (const scheme of ['light', 'dark'] as const) {
    const [background, text] = layoutOf(svg, folder, scheme, 1280).colours.map(luminance);
    const [lighter, darker] = scheme === 'light' ? [background, text] : [text, background];
    // WCAG 2.2, success criterion 1.4.3: 7 to 1 is the enhanced contrast.
    t.true(((lighter ?? 0) + 0.05) / ((darker ?? 0) + 0.05) > 7, `${scheme}: background ${background}, text ${text}`);
  }
});

function isLegible(t: ExecutionContext, { texts, panels, bars, background }: MapLayout, width: number, name: string): void {
  t.is(background.right - background.left, width, `${name} is as wide as its place`);
  t.true(texts.length > 5 && panels.length > 0 && bars.length > 0, `${name} shows nothing`);
  for (const [i, text] of texts.entries()) {
    for (const other of texts.slice(i + 1)) t.false(overlap(text, other), `${name}: "${text.what}" lies on "${other.what}"`);
    t.true(inside(text, background), `${name}: "${text.what}" leaves the picture`);
    // The title and the key stand above the panels.
    if (text.top >= (panels[0]?.top ?? 0))
      t.true(
        panels.some((panel) => inside(text, panel)),
        `${name}: "${text.what}" leaves its panel`,
      );
    for (const bar of bars) t.false(overlap(text, bar), `${name}: "${text.what}" lies on a bar`);
  }
  for (const bar of bars)
    t.true(
      panels.some((panel) => inside(bar, panel)),
      `${name}: a bar leaves its panel`,
    );
}

/** By more than half a pixel: fonts are measured in fractions. */
function overlap(a: Box, b: Box): boolean {
  return a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
}

function inside(a: Box, b: Box): boolean {
  return a.left >= b.left - 0.5 && a.right <= b.right + 0.5 && a.top >= b.top - 0.5 && a.bottom <= b.bottom + 0.5;
}

/** Relative luminance of `rgb(r, g, b)` (WCAG 2.2). */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/\d+/g) ?? []).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
