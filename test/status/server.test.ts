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
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
  const [, body = ''] = text.split('<body>');
  t.false(/\b(src|srcset|action|xlink:href)=|@import|url\(|\bstyle="|\bon\w+="/i.test(body.split('<script>')[0] ?? ''));
  t.false(/@import|url\(/.test(text));
  t.true([...text.matchAll(/href="([^"]*)"/g)].every(([, to]) => to?.startsWith('#')));
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
  const first = page.text(status());
  now += 999;
  t.is(page.text(badDay()), first);
  t.regex(page.text(null), /No status/);
  now += 1_000;
  t.regex(page.text(badDay()), /5 errors and 1 warning/);
});

test('A thousand listens are one page of less than 2 MB, looked at less often', async (t) => {
  const listens = Array.from({ length: 1_000 }, (_, i) => listenStatus({ listen: `listen-${i}`, pods: i % 20 }));
  const at = await served(t, status({ listens }), noon);
  at.show(status({ listens }));
  const text = await (await fetch(at.url)).text();
  t.is(text.match(/<svg class="hour"/g)?.length, 1_000);
  t.true(text.length < 2_000_000, `${text.length}`);
  t.regex(text, /<html lang="en" data-every="15"/);
});
