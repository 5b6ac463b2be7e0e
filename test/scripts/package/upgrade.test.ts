import { join } from 'node:path';
import { reservePort } from '../../../demo/ports.ts';
import { eventually, frontend, isCurrent, startWatch } from '../../support/daemon-frontend.ts';
import { needs } from '../../support/needs.ts';

const { provideFirstRelease } = (await import(new URL('../../../scripts/previous-release.mjs', import.meta.url).href)) as {
  readonly provideFirstRelease: () => string;
};

/** The servers of known pods, each with its pod: `pod1 127.28.0.1`. */
const assignments = (text: string) =>
  [...text.matchAll(/server (pod\d+) .*init-addr (127\.\S+)/g)].map(([, slot, pod]) => `${slot} ${pod}`);

needs('haproxy', 'git')(
  'An upgrade from 0.1.0 keeps the file and the slots, reloads HAProxy at most once, and loses no request; so does the way back',
  async (t) => {
    t.timeout(600_000);
    const old = [process.execPath, join(provideFirstRelease(), 'dist/main.js')];
    const front = await frontend(t);
    const port = await reservePort();
    const named = { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: front.pods.port, mode: 'tcp', maxExpectedPods: 7 };
    await front.configure({ listen: { named } });
    const first = startWatch(t, front, [], {}, old);
    await first.says(/wrote/);
    const haproxy = await front.startHaproxy();
    await first.until(isCurrent);
    // Pods come and go, so that the slots are not in the order of the addresses.
    await front.scale(5);
    await eventually('five pods are in the file', async () => assignments(await front.text()).length === 10);
    const [before, reloads] = [await front.text(), (await haproxy.processes()).reloads];

    let working = true;
    let answered = 0;
    const clients = (async () => {
      for (; working; answered++) t.regex(await front.get(answered % 2 === 0 ? port : front.port), /^pod/);
    })();
    first.kill('SIGTERM');
    t.is(await first.ended, 0);
    t.is(await front.text(), before, 'the old version leaves its file');

    const second = startWatch(t, front);
    await second.until(isCurrent);
    t.deepEqual(assignments(await front.text()), assignments(before), 'each pod keeps its slot');
    t.true((await haproxy.processes()).reloads - reloads <= 1);
    second.kill('SIGTERM');
    t.is(await second.ended, 0);
    const upgraded = await front.text();
    const after = (await haproxy.processes()).reloads;

    const third = startWatch(t, front);
    await third.until(isCurrent);
    t.is(await front.text(), upgraded, 'and then nothing changes');
    t.is((await haproxy.processes()).reloads, after);
    third.kill('SIGTERM');
    await third.ended;

    const back = startWatch(t, front, [], {}, old);
    await back.until(isCurrent);
    t.deepEqual(assignments(await front.text()), assignments(before));
    t.true((await haproxy.processes()).reloads - after <= 1);
    working = false;
    await clients;
    t.true(answered > 0);
  },
);
