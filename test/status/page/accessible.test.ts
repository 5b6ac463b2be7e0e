import type { ExecutionContext } from 'ava';
import { needs } from '../../support/needs.ts';
import { becomes, desktop, openTab, phone, type Tab } from '../../support/page/chromium.ts';
import { badDay, noon } from '../../support/page/sample.ts';
import { eventful, served } from '../../support/page/served.ts';

const browserTest = needs('chromium').serial;

/** Every text with its colour and that of what it lies on, and every drawn shape likewise. */
const colours = `(() => {
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (backgroundColor !== 'rgba(0, 0, 0, 0)') return backgroundColor;
    }
    return 'none';
  };
  const seen = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const { parentElement: parent } = node;
    if (node.data.trim() === '' || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(parent.nodeName)) continue;
    seen.push({ what: node.data.trim(), least: 4.5, over: getComputedStyle(parent).color, under: behind(parent) });
  }
  for (const shape of document.querySelectorAll('svg path, svg rect')) {
    const { fill, stroke } = getComputedStyle(shape);
    seen.push({ what: shape.getAttribute('class'), least: 3, over: fill === 'none' ? stroke : fill, under: behind(shape) });
  }
  return seen;
})()`;

browserTest('Texts stand out by 4.5 to 1 and drawings by 3 to 1, in light and in dark, also once the daemon is gone', async (t) => {
  const tab = await openTab(t);
  for (const scheme of ['light', 'dark'] as const) {
    const at = await eventful(t);
    await tab.dress({ ...desktop, scheme });
    await tab.open(at.url);
    const paper = luminance(await tab.tell('getComputedStyle(document.body).backgroundColor'));
    t.true(scheme === 'light' ? paper > 0.9 : paper < 0.02);
    await at.close();
    await becomes(tab, `document.querySelector('#disconnected').checkVisibility()`);
    const seen = await tab.tell<readonly { what: string; least: number; over: string; under: string }[]>(colours);
    t.true(seen.length > 150);
    // WCAG 2.2, success criteria 1.4.3 and 1.4.11.
    for (const { what, least, over, under } of seen)
      t.true(contrast(over, under) >= least, `${scheme}: ${what}: ${over} on ${under}: ${contrast(over, under).toFixed(2)}`);
    for (const condition of ['current', 'pending', 'stale', 'held', 'failing', 'pods', 'slots'])
      t.true(
        seen.some(({ what }) => what === condition),
        `${condition} is drawn`,
      );
  }
});

interface Node {
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly ignored: boolean;
}

async function tree(tab: Tab): Promise<(role: string) => readonly string[]> {
  const { nodes } = (await tab.command('Accessibility.getFullAXTree')) as { nodes: readonly Node[] };
  return (role) => nodes.flatMap(({ ignored, role: is, name }) => (!ignored && is?.value === role ? [name?.value ?? ''] : []));
}

/** As an assistive program finds it. */
async function wellNamed(t: ExecutionContext, tab: Tab): Promise<void> {
  const named = await tree(tab);
  for (const landmark of ['banner', 'main']) t.is(named(landmark).length, 1, landmark);
  t.deepEqual(named('region'), ['Findings', 'Listens', 'HAProxy']);
  t.deepEqual(named('heading'), ['podfront on frontend1', 'Findings', 'Listens', 'HAProxy', 'Cluster DNS']);
  t.deepEqual(named('table'), ['Listens']);
  t.deepEqual(named('columnheader'), ['Listen', 'Servers', 'Slots', 'Sessions', 'State', 'Last hour']);
  t.is(named('row').length, 7);
  t.is(named('rowheader').length, 6);
  t.is(named('cell').length, 30);
  const graphs = named('image');
  t.is(graphs.length, 6);
  // Those with problems come first.
  for (const [i, listen] of ['shop', 'wiki', 'forum', 'mail', 'new', 'ingress'].entries())
    t.regex(graphs[i] ?? '', new RegExp(`^${listen}, last hour: \\d.* pods, \\d.* slots`));
  t.regex(graphs[3] ?? '', /old answer for 10 s/);
  t.is(
    await tab.tell(`document.querySelectorAll('[id]').length === new Set([...document.querySelectorAll('[id]')].map(({ id }) => id)).size`),
    true,
  );
  t.is(await tab.tell('document.documentElement.lang'), 'en');
}

browserTest('Landmarks, headings, the table and the graphs have their names, on a desk and where rows are cards', async (t) => {
  const tab = await openTab(t);
  const at = await eventful(t);
  for (const size of [desktop, phone]) {
    await tab.dress({ ...size, scheme: 'light' });
    await tab.open(at.url);
    await wellNamed(t, tab);
  }
});

browserTest('The keyboard reaches every link in order, each with a visible mark, and the first leads past the findings', async (t) => {
  const tab = await openTab(t);
  const at = await served(t, badDay(), noon);
  await tab.dress({ ...phone, scheme: 'light' });
  await tab.open(at.url);
  const press = async (key: string, code: number) => {
    for (const type of ['rawKeyDown', 'char', 'keyUp'])
      await tab.command('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: code, text: key === 'Enter' ? '\r' : '' });
  };
  const at0 = () =>
    tab.tell<readonly [string, string, number]>(
      `(() => { const a = document.activeElement; return [a.textContent, getComputedStyle(a).outlineStyle, a.getBoundingClientRect().left]; })()`,
    );
  for (const name of [
    'Skip to the listens',
    'podfront on frontend1',
    'metrics',
    'JSON',
    'documentation',
    'config.unknown-key',
    'reload.failed',
    'forum',
  ]) {
    await press('Tab', 9);
    const [text, outline, left] = await at0();
    t.is(text, name);
    t.is(outline, 'solid');
    t.true(left >= 0);
  }
  await tab.open(`${at.url}?again`);
  await press('Tab', 9);
  await press('Enter', 13);
  await becomes(tab, `document.activeElement.id === 'listens'`);
});

browserTest('Nothing on the page moves by itself', async (t) => {
  const tab = await openTab(t);
  const at = await eventful(t);
  await tab.open(at.url);
  t.deepEqual(
    await tab.tell(
      `[...document.querySelectorAll('*')].filter((node) => { const { animationName, transitionDuration } = getComputedStyle(node); return animationName !== 'none' || transitionDuration !== '0s'; }).map(({ nodeName }) => nodeName)`,
    ),
    [],
  );
  t.is(await tab.tell('document.getAnimations().length'), 0);
});

/** Contrast of two colours as `rgb(r, g, b)` (WCAG 2.2). */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((one, two) => two - one);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/\d+/g) ?? []).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
