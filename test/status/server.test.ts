import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openPage } from '../../src/status/page/cached-page.ts';
import { systemClock } from '../../src/system/clock.ts';
import { badDay, listenStatus, noon, status } from '../support/page/sample.ts';
import { served } from '../support/page/served.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('The page is one document: it asks for nothing else, and its policy allows nothing else', async (t) => {
  const { url } = await served(t, badDay(), noon);
  const response = await fetch(url);
  const text = await response.text();
  t.is(response.status, 200);
  t.is(response.headers.get('content-type'), 'text/html; charset=utf-8');
  t.is(response.headers.get('cache-control'), 'no-store');
  t.is(response.headers.get('x-content-type-options'), 'nosniff');
  t.is(response.headers.get('referrer-policy'), 'no-referrer');
  const hash = (element: string) => {
    const inside = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(text)?.[1] ?? '';
    t.true(inside.length > 500);
    return `sha256-${createHash('sha256').update(inside).digest('base64')}`;
  };
  t.deepEqual(response.headers.get('content-security-policy')?.split('; '), [
    "default-src 'none'",
    `style-src '${hash('style')}'`,
    `script-src '${hash('script')}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
  const [, body = ''] = text.split('<body>');
  t.false(/\b(src|srcset|xlink:href)=|@import|url\(|\bstyle="|\bon\w+="/i.test(body.split('<script>')[0] ?? ''));
  t.false(/@import|url\(/.test(text));
  t.true([...text.matchAll(/(?:href|action)="([^"]*)"/g)].every(([, to]) => /^(#|\/(?!\/))/.test(to ?? '')));
});

test("A request for a name that may be somebody else's is answered with 421 and nothing else, for every path", async (t) => {
  const { url } = await served(t, badDay(), noon);
  const { port } = new URL(url);
  const ask = (path: string, headers: Readonly<Record<string, string>>) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => resolve({ status: response.statusCode, text }));
      })
        .once('error', reject)
        .end();
    });
  for (const path of ['/', '/healthz', '/readyz', '/metrics', '/status', '/else']) {
    const { status, text } = await ask(path, { host: `rebound.example.org:${port}` });
    t.deepEqual([status, text], [421, 'use the address itself, or localhost\n'], path);
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, '[::1]']) t.is((await ask('/status', { host })).status, 200, host);
});

test('A daemon that is stuck says so on the page too, and HEAD has no body', async (t) => {
  const { url, show } = await served(t, null, noon);
  const stuck = await fetch(url);
  t.is(stuck.status, 503);
  t.regex(await stuck.text(), /No status/);
  show(status());
  const well = await fetch(url);
  t.is(well.status, 200);
  t.regex(await well.text(), /<b>All is well<\/b>/);
  const head = await fetch(url, { method: 'HEAD' });
  t.is(head.status, 200);
  t.is(await head.text(), '');
  t.true(Number(head.headers.get('content-length')) > 1_000);
  t.is((await fetch(url, { method: 'POST' })).status, 405);
});

test('The page is made at most once a second, however many ask', (t) => {
  let now = noon;
  const page = openPage(root, { now: () => now, sleep: systemClock.sleep });
  const all = new URLSearchParams();
  const first = page.overview(status(), all);
  now += 999;
  t.is(page.overview(badDay(), all), first);
  t.regex(page.overview(null, all), /No status/);
  now += 1_000;
  t.regex(page.overview(badDay(), all), /5 errors and 1 warning/);
  t.regex(page.overview(status(), new URLSearchParams('search=nothing')), /0 listens/);
});

test('A thousand listens are pages of fifty, less than 100 kB each when compressed, looked at less often', async (t) => {
  const listens = Array.from({ length: 1_000 }, (_, i) => listenStatus({ listen: `listen-${i}`, pods: i % 20 }));
  const at = await served(t, status({ listens }), noon);
  at.show(status({ listens }));
  const response = await fetch(at.url);
  t.is(response.headers.get('content-encoding'), 'gzip');
  t.true(Number(response.headers.get('content-length')) < 100_000);
  const text = await response.text();
  t.is(text.match(/<svg class="hour"/g)?.length, 50);
  t.regex(text, /1000 listens, page 1 of 20/);
  const last = await (await fetch(`${at.url}?page=20&sort=name`)).text();
  t.true(last.includes('<bdi>listen-999</bdi>') && !last.includes('<bdi>listen-0</bdi>'));
  t.regex(text, /<html lang="en" data-every="15"/);
});

test('Each listen has a page and a document with its servers', async (t) => {
  const { url } = await served(t, status({ listens: [listenStatus({ listen: 'a b&c' })] }), noon);
  const page = await fetch(`${url}listen/a%20b%26c`);
  t.is(page.status, 200);
  t.truthy(page.headers.get('content-security-policy'));
  const text = await page.text();
  t.regex(text, /<title>Good: a b&#38;c - podfront on frontend1<\/title>/);
  t.regex(text, /<bdi>10\.1\.4\.2:443<\/bdi>.*<b class="bad">down<\/b>.*<bdi>L4CON: Connection refused<\/bdi>/s);
  t.regex(text, /56\.8 kB, 9\.9 MB/);
  t.regex(await (await fetch(url)).text(), /<a href="\/listen\/a%20b%26c">/);
  const details = (await (await fetch(`${url}status/a%20b%26c`)).json()) as { serverList: readonly { name: string }[] };
  t.deepEqual(
    details.serverList.map(({ name }) => name),
    ['pod1', 'pod2', 'service'],
  );
  for (const path of [
    'listen/',
    'listen/none',
    'status/none',
    'status/%zz',
    'metrics/x',
    'status/a/b',
    'docs/../package.json',
    'docs/none.md',
  ])
    t.is((await fetch(`${url}${path}`)).status, 404, path);
});

test('The documentation of the package is served, and metrics in the format that is asked for', async (t) => {
  const { url } = await served(t, status(), noon);
  t.regex(await (await fetch(`${url}docs/`)).text(), /^runbook\.md$/m);
  t.regex(await (await fetch(`${url}docs/runbook.md`)).text(), /^# Runbook/);
  const metrics = (accept: string) => fetch(`${url}metrics`, { headers: { accept } });
  t.is((await metrics('text/plain')).headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const open = await metrics('application/openmetrics-text; version=1.0.0');
  t.is(open.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  t.true((await open.text()).endsWith('# EOF\n'));
});
