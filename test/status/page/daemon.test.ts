import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { reservePort } from '../../../demo/ports.ts';
import { eventually, frontend, isCurrent, startWatch } from '../../support/daemon-frontend.ts';
import { needs } from '../../support/needs.ts';
import { becomes, openTab } from '../../support/page/chromium.ts';

needs('haproxy', 'curl').serial('podfront watch serves its page over a unix socket, with what it knows at that moment', async (t) => {
  const front = await frontend(t);
  await front.configure({ listen: { small: { serviceName: 'web', podPort: front.pods.port, maxExpectedPods: 1 } } });
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  await front.startHaproxy();
  await watching.until(isCurrent);
  const curl = (...args: readonly string[]) =>
    spawnSync('curl', ['--silent', '--show-error', '--unix-socket', join(front.folder, 'status.sock'), ...args, 'http://localhost/'], {
      encoding: 'utf8',
    }).stdout;
  await eventually('the page has an hour to show', () => /small, last hour: 2 pods, 1 slot,/.test(curl()));
  const page = curl();
  t.regex(page, /^<!doctype html>/);
  t.regex(page, /<b>1 error<\/b>/);
  t.regex(page, /2 pods are ready and there are 1 slots, so 1 of them get no traffic/);
  t.regex(page, /Remedy: <bdi>raise maxExpectedPods, or set it to auto/);
  t.regex(page, /<dt>State<\/dt><dd>running, worker \d+<\/dd>/);
  t.regex(curl('--head'), /^content-security-policy: default-src 'none';/m);

  front.cluster.fault('servfail');
  await eventually('the page says that it is stale', () => /<b>last answer<\/b> <time/.test(curl()));
});

needs('haproxy', 'chromium').serial(
  'Pods that come are seen in an open page, and so is the end of the daemon and its return',
  async (t) => {
    const front = await frontend(t);
    const port = await reservePort();
    await front.configure({ status: `127.0.0.1:${port}` });
    const watching = startWatch(t, front);
    await watching.says(/wrote the file/);
    await front.startHaproxy();
    const tab = await openTab(t);
    await tab.open(`http://127.0.0.1:${port}/`);
    await becomes(tab, `document.title.startsWith('All is well - podfront on ')`);
    await tab.tell('window.same = true');
    const pods = (count: number) => `document.querySelector('tbody').textContent.includes('${count} up')`;
    await becomes(tab, pods(2));
    await front.scale(5);
    await becomes(tab, pods(5));
    t.regex(await tab.tell(`document.querySelector('svg.hour').getAttribute('aria-label')`), /^web, last hour: (2–)?5 pods, 20 slots,/);
    watching.kill('SIGTERM');
    await watching.ended;
    await becomes(tab, `document.querySelector('#disconnected').checkVisibility()`);
    startWatch(t, front);
    await becomes(tab, `!document.querySelector('#disconnected').checkVisibility() && ${pods(5)}`);
    t.true(await tab.tell('window.same'), 'it is the same document');
    t.deepEqual(
      tab.complaints.filter((one) => !one.includes('net::ERR_CONNECTION_REFUSED') && !one.includes('503')),
      [],
    );
  },
);

needs('haproxy').serial('The page and /status tell what HAProxy refused and in which words', async (t) => {
  const front = await frontend(t);
  await front.configure({ listen: { broken: { serviceName: 'web', podPort: front.pods.port, haproxyExtraConfig: 'nonsense here' } } });
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  const known = await watching.until(({ refused }) => refused.length > 0);
  t.regex(known.refused[0]?.problem.lines.join('\n') ?? '', /unknown keyword 'nonsense' in 'listen' section/);
  const { text } = await watching.get('/');
  t.regex(text, /<b>error<\/b>: refused by HAProxy, not retried/);
  t.regex(text, /<code>listen broken: .*unknown keyword &#39;nonsense&#39; in &#39;listen&#39; section<\/code>/);
  t.regex(text, /Remedy: <bdi>nothing was written; look at listen\.broken in /);
});
