import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ExecutionContext } from 'ava';
import type { ServiceStatus } from '../../../src/status/status.ts';
import { needs } from '../../support/needs.ts';
import { desktop, openTab, phone } from '../../support/page/chromium.ts';
import { noon, status } from '../../support/page/sample.ts';
import { served } from '../../support/page/served.ts';

const browserTest = needs('chromium').serial;

const longName = 'n'.repeat(63);
const service = (given: Partial<ServiceStatus> = {}): ServiceStatus => ({
  service: 'default/web',
  addresses: ['198.51.100.10'],
  ports: [80],
  pods: 3,
  state: 'served',
  problems: [],
  ...given,
});
const services: readonly ServiceStatus[] = [
  service(),
  service({
    service: 'shop/both-families',
    addresses: ['198.51.100.11', '2001:db8:1111:2222:3333:4444:5555:6666'],
    ports: [80, 443, 8443],
  }),
  service({ service: `${longName}/${longName}`, ports: Array.from({ length: 100 }, (_, i) => 60_000 + i) }),
  service({ service: 'shop/new', state: 'pending', pods: 0 }),
  service({ service: 'shop/unwritten', state: 'not written' }),
  service({
    service: 'shop/taken',
    addresses: [],
    ports: [],
    pods: 0,
    state: 'failed',
    problems: ['port 443 of 198.51.100.10 is taken by Service shop/both-families', 'port 53: protocol UDP is not supported, only TCP'],
  }),
];

async function pageOf(t: ExecutionContext, all: readonly ServiceStatus[]) {
  const tab = await openTab(t);
  const { url } = await served(t, status({ services: all }), noon);
  return { tab, url };
}

const table = 'table[aria-labelledby="services"]';

browserTest('Services stand in a table, those that fail first with the reason, and fit the screen', async (t) => {
  const { tab, url } = await pageOf(t, services);
  for (const size of [phone, desktop]) {
    for (const scheme of ['light', 'dark'] as const) {
      await tab.dress({ ...size, scheme });
      await tab.open(url);
      t.is(await tab.tell('document.documentElement.scrollWidth'), size.width);
      const wide = `[...document.querySelectorAll('${table} *')].filter((node) => node.checkVisibility() && !node.closest('thead') && node.getBoundingClientRect().right > innerWidth + 0.5).map((node) => node.outerHTML.slice(0, 80))`;
      t.deepEqual(await tab.tell(wide), []);
    }
  }
  const rows = await tab.tell<readonly string[]>(`[...document.querySelectorAll('${table} tbody tr')].map((row) => row.innerText)`);
  t.is(rows.length, services.length);
  t.regex(rows[0] ?? '', /shop\/taken[\s\S]*failed[\s\S]*port 443 of 198\.51\.100\.10 is taken by Service shop\/both-families/);
  t.regex(rows[1] ?? '', /default\/web[\s\S]*198\.51\.100\.10[\s\S]*80[\s\S]*3[\s\S]*served/);
  t.deepEqual(tab.complaints, []);
});

browserTest('A thousand Services are a page of bounded size: those that fail, and the first others', async (t) => {
  const many = Array.from({ length: 1_000 }, (_, i) => service({ service: `shop/web${i}`, addresses: [`198.18.${i >> 8}.${i & 255}`] }));
  const { tab, url } = await pageOf(t, [...many, service({ service: 'shop/broken', addresses: [], state: 'failed', problems: ['no'] })]);
  await tab.open(url);
  t.is(await tab.tell(`document.querySelectorAll('${table} tbody tr').length`), 200);
  t.regex(await tab.tell<string>(`document.querySelector('${table} tbody tr').innerText`), /shop\/broken/);
  t.regex(await tab.tell<string>(`document.querySelector('main').innerText`), /The first 200 of 1001 Services\./);
  const [response] = await new Promise<readonly [Parameters<typeof text>[0]]>((resolve) => get(url, (answer) => resolve([answer])));
  const bytes = (await text(response)).length;
  t.true(bytes < 150_000, `${bytes} bytes`);
});
