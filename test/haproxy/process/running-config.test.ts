import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { reservePort } from '../../../demo/ports.ts';
import { reloadDigest } from '../../../src/haproxy/file/reload-digest.ts';
import { openHaproxy } from '../../../src/haproxy/process/haproxy.ts';
import { journalOf } from '../../../src/haproxy/process/journal.ts';
import { findRunningConfig, type RunningConfig } from '../../../src/haproxy/process/running-config.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { config, listen } from '../../support/config-sample.ts';
import { configFile, runHaproxy, tempFolder } from '../../support/haproxy.ts';
import { needs } from '../../support/needs.ts';

const haproxy = needs('haproxy');
const never = new AbortController().signal;
const nothing: RunningConfig = { state: { kind: 'unseen' }, digest: null, servers: null };

/** A HAProxy on a file that was installed a moment before it started. */
async function scene(t: ExecutionContext) {
  const folder = await tempFolder(t);
  const output = await configFile(folder, `listen web\n    bind 127.0.0.1:${await reservePort()}\n    server a 127.0.0.1:1\n`, 'out.cfg');
  // /proc counts the start of a process in steps of 10 ms.
  await sleep(100);
  const running = await runHaproxy(t, { folder, files: [output] });
  const all = config([listen()], { output, reload: { kind: 'master', socket: running.master } });
  const world = {
    env: process.env,
    clock: systemClock,
    kill: () => {},
    onWarnings: () => {},
    timeouts: { check: 60_000, reload: 60_000, verify: 20_000 },
  };
  const opened = openHaproxy(all, world);
  const text = await readFile(output, 'utf8');
  return { running, output, text, journal: journalOf(output), inspect: (previous = nothing) => opened.inspect(previous, never) };
}

haproxy('HAProxy runs the file that was there before its worker started, and that is recorded', async (t) => {
  const { text, journal, inspect } = await scene(t);
  const found = await inspect();
  t.like(found, { currentFile: text, digest: reloadDigest(text), state: { kind: 'running' } });
  if (found.state.kind === 'running') t.is(await journal.digestOf(found.state.worker), reloadDigest(text));
});

haproxy('a file that was installed after the worker started is not what it runs', async (t) => {
  const { text, output, inspect } = await scene(t);
  await writeFile(output, text.replace('server a', 'server b'));
  t.like(await inspect(), { digest: null, state: { kind: 'running' } });
});

haproxy('what was found before holds while the worker is the same, whatever the file is', async (t) => {
  const { running, text, output, inspect } = await scene(t);
  const found = await inspect();
  const other = text.replace('server a', 'server b');
  await writeFile(output, other);
  t.like(await inspect(found), { currentFile: other, digest: found.digest });
  t.like(await inspect(), { digest: found.digest }, 'so the journal says, to the next daemon');
  await sleep(100);
  t.true(await running.reload());
  t.like(await inspect(found), { digest: reloadDigest(other) });
});

haproxy('a change that an earlier daemon did not finish is finished when HAProxy runs it', async (t) => {
  const { running, text, output, journal, inspect } = await scene(t);
  await journal.saveLastGood();
  await writeFile(`${output}.new`, text.replace('server a', 'server b'));
  await rename(`${output}.new`, output);
  await inspect();
  t.is(await journal.lastGood(), text, 'it does not run it yet');
  await sleep(100);
  t.true(await running.reload());
  await inspect();
  t.is(await journal.lastGood(), null);
});

haproxy('a HAProxy whose socket has vanished is unreachable while its worker lives, and absent afterwards', async (t) => {
  const { running, inspect, output } = await scene(t);
  const found = await inspect();
  const away = openHaproxy(config([listen()], { output, reload: { kind: 'master', socket: join(output, '..', 'gone.sock') } }), {
    env: process.env,
    clock: systemClock,
    kill: () => {},
    onWarnings: () => {},
    timeouts: { check: 60_000, reload: 60_000, verify: 20_000 },
  });
  t.like(await away.inspect(nothing, never), { state: { kind: 'unreachable' }, digest: found.digest });
  await running.stop();
  t.like(await away.inspect(nothing, never), { state: { kind: 'absent' }, digest: null });
});

haproxy(
  'a step of the clock afterwards, which makes the file look older than the worker, does not make an owed reload vanish',
  async (t) => {
    const { running, text, output, journal, inspect } = await scene(t);
    const other = text.replace('server a', 'server b');
    await writeFile(output, other);
    t.is((await inspect()).digest, null);
    const reload = { kind: 'master', socket: running.master } as const;
    const stepped = { ...journal, installedAt: async () => 0 };
    const find = () => findRunningConfig({ binary: 'haproxy', reload, socket: null }, stepped, other, nothing, { env: process.env }, never);
    t.like(await find(), { digest: null, state: { kind: 'running' } });
    await sleep(100);
    t.true(await running.reload());
    t.is((await find()).digest, reloadDigest(other), 'a new worker is told from the file once more');
  },
);
