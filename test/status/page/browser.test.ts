import { needs } from '../../support/needs.ts';
import { becomes, desktop, openTab, phone } from '../../support/page/chromium.ts';
import { badDay, listenStatus, noon, status } from '../../support/page/sample.ts';
import { eventful, served } from '../../support/page/served.ts';

const browserTest = needs('chromium').serial;

const longest = `${'w'.repeat(200)}.example.org`;

browserTest('At 360 pixels nothing is wider than the screen, not even the longest names', async (t) => {
  const tab = await openTab(t);
  const at = await eventful(t);
  const bad = badDay();
  at.show({ ...bad, output: `/${longest}`, listens: [...bad.listens, listenStatus({ listen: longest, service: longest, pods: 100_000 })] });
  for (const size of [phone, desktop]) {
    await tab.dress({ ...size, scheme: 'light' });
    await tab.open(at.url);
    t.is(await tab.tell('document.documentElement.scrollWidth'), size.width);
    const wide = `[...document.querySelectorAll('main *')].filter((node) => node.checkVisibility() && !node.closest('thead') && !node.closest('svg svg') && node.getBoundingClientRect().right > innerWidth + 0.5).map((node) => node.outerHTML.slice(0, 80))`;
    t.deepEqual(await tab.tell(wide), []);
  }
  t.deepEqual(tab.complaints, []);
});

browserTest('No text lies on another, on a phone and on a desk', async (t) => {
  const tab = await openTab(t);
  const at = await eventful(t);
  for (const size of [phone, desktop]) {
    await tab.dress({ ...size, scheme: 'light' });
    await tab.open(at.url);
    const boxes = await tab.tell<readonly (readonly [string, number, number, number, number])[]>(`(() => {
      const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
      const boxes = [];
      for (let node; (node = walker.nextNode()); ) {
        if (node.data.trim() === '' || !node.parentElement.checkVisibility()) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const { left, top, right, bottom } of range.getClientRects()) boxes.push([node.data.trim(), left, top, right, bottom]);
      }
      for (const svg of document.querySelectorAll('svg.hour')) {
        const { left, top, right, bottom } = svg.getBoundingClientRect();
        boxes.push(['graph', left, top, right, bottom]);
      }
      return boxes;
    })()`);
    t.true(boxes.length > 80);
    const overlaps = boxes.flatMap(([a, l, top, r, b], i) =>
      boxes
        .slice(i + 1)
        .filter(([, left, t2, right, bottom]) => l < right - 1 && left < r - 1 && top < bottom - 3 && t2 < b - 3)
        .map(([other]) => `"${a}" and "${other}"`),
    );
    t.deepEqual(overlaps, []);
  }
});

browserTest('What changes is seen without loading the page again, and focus stays where it is', async (t) => {
  const tab = await openTab(t);
  const at = await served(t, badDay(), noon);
  await tab.open(at.url);
  await tab.tell(`(window.same = true, document.querySelector('.findings a[href^="/listen"]').focus())`);
  at.show({
    ...badDay(),
    listens: badDay().listens.map((one, i) => (i === 0 ? { ...one, health: one.health === null ? null : { ...one.health, up: 19 } } : one)),
  });
  await becomes(tab, `document.querySelector('tbody').innerText.includes('19 up')`);
  t.is(await tab.tell('document.activeElement.textContent'), 'forum');
  at.show(status());
  await becomes(
    tab,
    `document.title === 'All is well - podfront on frontend1' && document.querySelector('main').innerText.includes('None.')`,
  );
  t.is(await tab.tell(`document.querySelectorAll('tbody tr').length`), 1);
  at.show(null);
  await becomes(tab, `document.querySelector('main').innerText.includes('No status')`);
  t.true(await tab.tell('window.same'), 'it is the same document');
  // The browser speaks of the 503 itself.
  t.deepEqual(
    tab.complaints.filter((one) => !one.includes('503')),
    [],
  );
});

browserTest('A daemon that no longer answers is reported at the top, with the time of what is shown, until it is back', async (t) => {
  const tab = await openTab(t);
  const at = await served(t, status(), noon);
  await tab.open(at.url);
  t.false(await tab.tell(`document.querySelector('#disconnected').checkVisibility()`));
  const before = await tab.tell<string>(`document.querySelector('#updated time').textContent`);
  await at.close();
  await becomes(tab, `document.querySelector('#disconnected').checkVisibility()`);
  const said = await tab.tell<string>(`document.querySelector('#disconnected').textContent`);
  t.regex(said, /^podfront does not answer\. What is shown is as of 12:00:\d\d UTC\.$/);
  t.true(before.startsWith('12:00:'));
  t.is(await tab.tell('document.title'), 'No answer - podfront');
  t.is(await tab.tell(`document.querySelector('#disconnected').getAttribute('role')`), 'alert');
  t.true(await tab.tell(`document.querySelector('tbody tr').checkVisibility()`), 'what was known stays');
  await tab.dress({ ...phone, scheme: 'dark' });
  await tab.tell(`(document.body.style.minHeight = '300vh', location.hash = '#listens')`);
  const bottom = await tab.tell<number>(`document.querySelector('#disconnected').getBoundingClientRect().bottom`);
  t.true(
    (await tab.tell<number>(`document.querySelector('#listens').getBoundingClientRect().top`)) >= bottom,
    'the bar hides nothing one goes to',
  );
});

const hostile = [
  '</script><script>window.owned = 1</script>',
  '"><img src=x onerror="window.owned = 1">',
  "'><svg onload='window.owned = 1'>",
  '</style><script>window.owned = 1</script>',
  '<meta http-equiv="refresh" content="0;url=javascript:window.owned=1">',
  '<base href="https://example.org/">',
  '&lt;script&gt;window.owned = 1&lt;/script&gt;',
  '{{constructor.constructor("window.owned = 1")()}}',
  'javascript:window.owned=1',
  '<iframe srcdoc="<script>parent.owned = 1</script>"></iframe>',
  '</table></main><h1>All is well</h1>',
];

browserTest('Hostile names, messages and hints are shown as the text they are, at first and after an update', async (t) => {
  const tab = await openTab(t);
  const at = await served(t, status(), noon);
  await tab.open(at.url);
  const problem = (text: string) => ({ code: text, message: text, hint: text, lines: [text] });
  const one = hostile.join(' ');
  at.show(
    status({
      version: one,
      startedAt: `${hostile[1]}`,
      config: { file: one, problem: problem(one) },
      output: one,
      plan: { kind: one, reasons: hostile, until: `${hostile[2]}` },
      problem: problem(one),
      lastReload: { at: `${hostile[1]}`, why: one, outcome: 'failed', problem: problem(one) },
      refused: hostile.map((text) => ({ listen: text, problem: problem(text) })),
      listens: hostile.map((text) =>
        listenStatus({
          listen: text,
          service: text,
          records: text,
          state: 'stale',
          since: text,
          failing: problem(text),
          left: problem(text),
        }),
      ),
    }),
  );
  const inert = async (way: string) => {
    t.is(await tab.tell('window.owned ?? null'), null, way);
    t.deepEqual(
      await tab.tell(`[...document.querySelectorAll('tbody th > a > bdi')].map((node) => node.textContent)`),
      hostile,
      `${way}: the names are whole`,
    );
    t.deepEqual(
      await tab.tell(`[...document.querySelectorAll('img, iframe, base, meta[http-equiv], [onload], [onerror]')].length`),
      0,
      way,
    );
    t.deepEqual(
      await tab.tell(`[document.scripts.length, document.styleSheets.length, document.querySelectorAll('h1').length]`),
      [1, 1, 1],
    );
  };
  await becomes(tab, `document.querySelectorAll('tbody tr').length === ${hostile.length}`);
  await inert('updated');
  await tab.open(`${at.url}?again`);
  await inert('loaded');
  t.deepEqual(tab.complaints, []);
});

browserTest('The policy holds: even a script that got into the page would not run, and nothing leaves it', async (t) => {
  const tab = await openTab(t);
  const at = await served(t, status(), noon);
  await tab.open(at.url);
  await tab.tell(`(() => {
    const script = document.createElement('script');
    try { script.textContent = 'window.owned = 1'; } catch { window.refused = true; }
    document.body.append(script);
    const image = new Image();
    image.src = 'http://127.0.0.1:9/x.png';
    document.body.append(image);
    document.body.setAttribute('style', 'color: red');
  })()`);
  t.is(await tab.tell(`fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')`), 'refused');
  t.is(await tab.tell('window.owned ?? null'), null);
  await becomes(tab, 'window.refused === true');
  t.true(tab.complaints.filter((one) => one.includes('Content Security Policy')).length >= 3, tab.complaints.join('\n'));
});

browserTest('What is typed and chosen is applied without leaving the page, and a listen has a page that fits a phone', async (t) => {
  const tab = await openTab(t);
  const listens = Array.from({ length: 60 }, (_, i) => listenStatus({ listen: `shop-${i}`, pods: i }));
  const at = await served(t, status({ listens }), noon);
  await tab.open(at.url);
  await tab.tell('window.same = true');
  const rows = 'document.querySelectorAll("tbody tr").length';
  t.is(await tab.tell(rows), 50);
  const type = (text: string) =>
    tab.tell(`(() => {
      const field = document.querySelector('input[type=search]');
      field.focus();
      field.value = ${JSON.stringify(text)};
      field.dispatchEvent(new Event('input', { bubbles: true }));
    })()`);
  await type('shop-5');
  await becomes(tab, `${rows} === 11`);
  t.is(await tab.tell('location.search'), '?search=shop-5');
  t.is(await tab.tell('document.activeElement.value'), 'shop-5');
  await type('');
  await tab.tell(`(() => {
    const select = document.querySelector('select[name=sort]');
    select.value = 'servers';
    select.dispatchEvent(new Event('change', { bubbles: true }));
  })()`);
  await becomes(tab, `document.querySelector('tbody th').innerText.includes('shop-20')`);
  t.true(await tab.tell('window.same'), 'it is the same document');
  t.is(await tab.tell('location.search'), '?sort=servers');
  for (const size of [phone, desktop]) {
    await tab.dress({ ...size, scheme: 'dark' });
    await tab.open(`${at.url}listen/shop-7`);
    t.is(await tab.tell('document.documentElement.scrollWidth'), size.width);
    t.is(await tab.tell('document.querySelectorAll("#servers + div tbody tr").length'), 3);
  }
  t.deepEqual(tab.complaints, []);
});
