import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The layout of a drawn map in a real browser: the boxes of its texts, panels and bars, in pixels. */
export interface MapLayout {
  readonly texts: readonly Box[];
  readonly panels: readonly Box[];
  readonly bars: readonly Box[];
  readonly background: Box;
  /** The computed colours of the background and of the first text. */
  readonly colours: readonly [background: string, text: string];
}

export interface Box {
  readonly what: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const withoutTraffic =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** Runs in the page: measures, and puts the result into the document. */
const measure = `
  const box = (node, what) => { const { left, top, right, bottom } = node.getBoundingClientRect(); return { what, left, top, right, bottom }; };
  const all = (query) => [...document.querySelectorAll(query)].map((node) => box(node, node.textContent || node.getAttribute('class')));
  const fill = (query) => getComputedStyle(document.querySelector(query)).fill;
  const layout = { texts: all('text'), panels: all('rect.panel'), bars: all('g.row > rect'), background: box(document.querySelector('rect.background'), 'background'), colours: [fill('rect.background'), fill('text')] };
  const out = document.createElement('script');
  out.type = 'application/json';
  out.id = 'layout';
  out.textContent = JSON.stringify(layout).replaceAll('<', '\\\\u003c');
  document.body.append(out);
`;

/** Opens the SVG in Debian's chromium, `width` pixels wide, in a profile of its own inside `folder`, and measures it. */
export function layoutOf(svg: string, folder: string, scheme: 'light' | 'dark', width: number): MapLayout {
  const page = join(folder, `${scheme}-${width}.html`);
  writeFileSync(
    page,
    `<!doctype html><meta charset="utf-8"><body style="margin:0;width:${width}px">${svg}<script>${measure}</script></body>`,
  );
  // 0 is dark, 1 is light (blink/public/mojom/css/preferred_color_scheme.mojom).
  const args = [
    ...withoutTraffic.split(' '),
    `--user-data-dir=${join(folder, `profile-${scheme}-${width}`)}`,
    `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`,
  ];
  const { stdout, stderr } = spawnSync('chromium', [...args, '--window-size=1100,2000', '--dump-dom', pathToFileURL(page).href], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  const found = /<script type="application\/json" id="layout">(.*?)<\/script>/s.exec(stdout);
  if (found === null) throw new Error(`chromium showed nothing: ${stderr.slice(-500)}`);
  return JSON.parse(found[1] ?? '') as MapLayout;
}
