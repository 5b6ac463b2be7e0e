import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a real browser makes of a drawn map: the boxes of its texts and panels, in pixels. */
export interface Looked {
  readonly texts: readonly Box[];
  readonly panels: readonly Box[];
  readonly bars: readonly Box[];
  readonly paper: Box;
  /** Colour of the paper and of the first text, as the browser computed them. */
  readonly colours: readonly [paper: string, text: string];
}

export interface Box {
  readonly what: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const quiet =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** Runs in the page: measures, and leaves what it measured in the document. */
const measure = `
  const box = (node, what) => { const { left, top, right, bottom } = node.getBoundingClientRect(); return { what, left, top, right, bottom }; };
  const all = (query) => [...document.querySelectorAll(query)].map((node) => box(node, node.textContent || node.getAttribute('class')));
  const fill = (query) => getComputedStyle(document.querySelector(query)).fill;
  const seen = { texts: all('text'), panels: all('rect.panel'), bars: all('g.row > rect'), paper: box(document.querySelector('rect.paper'), 'paper'), colours: [fill('rect.paper'), fill('text')] };
  const out = document.createElement('script');
  out.type = 'application/json';
  out.id = 'seen';
  out.textContent = JSON.stringify(seen).replaceAll('<', '\\\\u003c');
  document.body.append(out);
`;

/** Opens the SVG in Debian's chromium, in a profile of its own inside `folder`, and measures it. */
export function lookAt(svg: string, folder: string, scheme: 'light' | 'dark'): Looked {
  const page = join(folder, `${scheme}.html`);
  writeFileSync(page, `<!doctype html><meta charset="utf-8"><body style="margin:0">${svg}<script>${measure}</script></body>`);
  // 0 is dark, 1 is light (blink/public/mojom/css/preferred_color_scheme.mojom).
  const args = [
    ...quiet.split(' '),
    `--user-data-dir=${join(folder, `profile-${scheme}`)}`,
    `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`,
  ];
  const { stdout, stderr } = spawnSync('chromium', [...args, '--window-size=1100,2000', '--dump-dom', pathToFileURL(page).href], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  const found = /<script type="application\/json" id="seen">(.*?)<\/script>/s.exec(stdout);
  if (found === null) throw new Error(`chromium showed nothing: ${stderr.slice(-500)}`);
  return JSON.parse(found[1] ?? '') as Looked;
}
