import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import { eventually, frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { runHaproxy } from '../support/haproxy.ts';
import { needs } from '../support/needs.ts';

const haproxyTest = needs('haproxy');

/** The file of somebody else that HAProxy loads before ours. */
const base = (port: number, more = '') => `global
    maxconn 1000

defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s

frontend own
    bind 127.0.0.1:${port}
    http-request return status 200 content-type text/plain string own
${more}`;

haproxyTest(
  'A fragment beside a file of others: both are checked, growth reloads, and a broken edit of either changes nothing',
  async (t) => {
    const front = await frontend(t);
    const others = join(front.folder, 'base.cfg');
    const own = await reservePort();
    await writeFile(others, base(own));
    const haproxyWith = { haproxy: { layout: 'fragment', with: [others] } };
    await front.configure(haproxyWith);
    const watching = startWatch(t, front);
    await watching.says(/wrote the file/);
    t.false(/^(global|defaults)/m.test(await front.text()));
    const haproxy = await runHaproxy(t, { folder: front.folder, files: [others, front.output] });
    await watching.until(isCurrent);
    t.regex(await front.get(), /^pod/);
    t.is(await front.get(own), 'own');

    await front.scale(19);
    const grown = await watching.until((status) => isCurrent(status) && status.reloads === 1);
    t.is(grown.listens[0]?.slots, 30);
    await eventually('nineteen servers are up', async () => (await haproxy.servers()).filter(({ up }) => up).length === 19);
    t.is(await front.get(own), 'own');
    const good = await front.text();

    // Nothing of ours changed: it is told nevertheless, because HAProxy would not come back from a restart.
    await writeFile(others, base(own, '    nonsense here\n'));
    const { plan, problem, haproxy: held } = await watching.until(({ plan }) => plan.kind === 'hold');
    t.deepEqual([plan.kind, problem?.code, held.current], ['hold', 'haproxy.refused', true]);
    t.regex(problem?.lines.join('\n') ?? '', /base\.cfg:13\] : unknown keyword 'nonsense'/);
    // What is wanted meanwhile cannot be checked without it either, and is not tried.
    const port = await reservePort();
    const second = { second: { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: front.pods.port, mode: 'http' } };
    await front.configure({ ...haproxyWith, listen: second });
    await watching.until(({ listens, plan }) => listens.length === 2 && plan.kind === 'hold');
    t.is(await front.text(), good);
    t.regex(await front.get(), /^pod/);
    t.is((await haproxy.processes()).reloads, 1);

    // A name that both files have is an error of both together only.
    await writeFile(others, base(own, '\nlisten second\n    bind 127.0.0.1:1\n'));
    await watching.until(({ listens }) => /second/.test(listens[1]?.left?.lines.join() ?? ''));
    t.is(await front.text(), good);

    await writeFile(others, base(own));
    await watching.until((status) => isCurrent(status) && status.reloads === 2 && status.problem === null);
    t.regex(await front.get(port), /^pod/);
    t.is(await front.get(own), 'own');
  },
);
