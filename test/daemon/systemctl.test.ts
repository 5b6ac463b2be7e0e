import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { reservePort } from '../../demo/ports.ts';
import type { HaproxyTimeouts } from '../../src/system/process.ts';
import { frontend, isCurrent } from '../support/daemon-frontend.ts';
import { watchHere } from '../support/daemon-in-process.ts';
import { needs } from '../support/needs.ts';

const haproxyTest = needs('haproxy');

/** What `systemctl reload` does: the words are those of systemd 252 where polkit says no. */
const ways = {
  works: 'kill -USR2 "$pid"',
  denies:
    'echo "Failed to reload haproxy.service: Interactive authentication required." >&2; echo "See system logs and \'systemctl status haproxy.service\' for details." >&2; exit 1',
  hangs: 'sleep 600',
  lies: 'exit 0',
} as const;

/** A frontend whose HAProxy is reloaded by a `systemctl` that stands in for the real one, on a PATH that only podfront has. */
async function underSystemd(t: ExecutionContext, limits: Partial<HaproxyTimeouts> = {}) {
  const front = await frontend(t);
  const bin = join(front.folder, 'bin');
  await mkdir(bin);
  const behave = async (way: keyof typeof ways) => {
    const script = `#!/bin/sh
pid=$(cat ${front.folder}/haproxy.pid 2>/dev/null || echo 0)
case "$*" in
  "show --property=MainPID --value -- haproxy.service") echo "$pid" ;;
  "reload -- haproxy.service") ${ways[way]} ;;
  *) echo "Unknown command verb $*." >&2; exit 1 ;;
esac
`;
    await writeFile(join(bin, 'new'), script, { mode: 0o755 });
    // A script that is being written cannot be run (ETXTBSY).
    await rename(join(bin, 'new'), join(bin, 'systemctl'));
  };
  await behave('works');
  const haproxy = { reload: { systemd: 'haproxy.service' } };
  await front.configure({ haproxy });
  const watching = watchHere(t, front, { env: { PATH: `${bin}:${process.env.PATH}` }, limits });
  await watching.says(/wrote the file/);
  t.is((await watching.until(({ problem }) => problem !== null)).problem?.code, 'haproxy.absent');
  const running = await front.startHaproxy();
  await watching.until(isCurrent);
  const port = await reservePort();
  /** Gives HAProxy a second listen, on the same pods. */
  const second = (more = '') => {
    const listen = { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: front.pods.port, mode: 'http', haproxyExtraConfig: more };
    return front.configure({ haproxy, listen: { second: listen } });
  };
  return { front, watching, running, behave, port, second };
}

haproxyTest('A reload by systemd is seen done, and one on which HAProxy fails is rolled back', async (t) => {
  const { front, watching, running, port, second } = await underSystemd(t);
  await second();
  await watching.until((status) => isCurrent(status) && status.reloads === 1);
  t.regex(await front.get(port), /^pod/);
  const good = await front.text();
  await second('bind /nonexistent/podfront.sock');
  const { lastReload } = await watching.until(({ failedReloads }) => failedReloads === 1);
  t.regex(lastReload?.problem?.hint ?? '', /the last good file is back, and HAProxy runs it/);
  t.is(await front.text(), good);
  t.regex(await front.get(port), /^pod/);
  t.is((await running.processes()).failed, 0);
});

for (const [way, why] of [
  ['denies', /systemctl reload -- haproxy\.service ended with 1/],
  ['hangs', /systemctl reload -- haproxy\.service did not finish within 500 ms/],
  ['lies', /it has the same worker as before after \d+ s/],
] as const) {
  haproxyTest(`A systemctl that ${way} is reported as such, the file HAProxy runs is restored, and the next edit is tried`, async (t) => {
    const { front, watching, running, behave, port, second } = await underSystemd(t, { reload: 500, verify: 500 });
    const good = await front.text();
    await behave(way);
    await second();
    const { lastReload, listens } = await watching.until(({ failedReloads, haproxy }) => failedReloads === 1 && haproxy.current);
    t.is(lastReload?.problem?.code, 'reload.failed');
    t.regex(lastReload?.problem?.message ?? '', why);
    t.regex(lastReload?.problem?.hint ?? '', /the last good file is back, and HAProxy runs it/);
    if (way === 'denies') t.regex(lastReload?.problem?.hint ?? '', /^add a polkit rule that lets podfront's user reload haproxy\.service/);
    if (way === 'denies') t.regex(lastReload?.problem?.lines.join() ?? '', /Interactive authentication required/);
    t.is(listens.find(({ listen }) => listen === 'second')?.left?.code, 'reload.failed');
    t.is(await front.text(), good);
    t.regex(await front.get(), /^pod/);
    t.is((await running.processes()).reloads, 0);

    await behave('works');
    await second('option httpclose');
    await watching.until((status) => isCurrent(status) && status.reloads === 1);
    t.regex(await front.get(port), /^pod/);
  });
}

haproxyTest('A missing systemctl is reported, and the file is kept current without it', async (t) => {
  const front = await frontend(t);
  await front.configure({ haproxy: { reload: { systemd: 'haproxy.service' }, binary: 'haproxy', version: '2.4' } });
  const bin = join(front.folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'haproxy'), `#!/bin/sh\nPATH=${process.env.PATH} exec haproxy "$@"\n`, { mode: 0o755 });
  const watching = watchHere(t, front, { env: { PATH: bin } });
  const { problem } = await watching.until(({ problem }) => problem !== null);
  t.is(problem?.code, 'haproxy.absent');
  t.regex(problem?.message ?? '', /systemctl show haproxy\.service failed: missing/);
  t.regex(await front.text(), /listen web/);
});
