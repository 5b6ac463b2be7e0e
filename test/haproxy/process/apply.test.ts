import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Haproxy as RunningHaproxy } from '../../../demo/haproxy.ts';
import { reservePorts } from '../../../demo/ports.ts';
import { reloadDigest } from '../../../src/haproxy/file/reload-digest.ts';
import { type ApplyRequest, apply } from '../../../src/haproxy/process/apply.ts';
import { inspect } from '../../../src/haproxy/process/inspect.ts';
import { journalOf } from '../../../src/haproxy/process/journal.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { config, listen } from '../../support/config-sample.ts';
import { configFile, runHaproxy, tempFolder } from '../../support/haproxy.ts';
import { needs } from '../../support/needs.ts';

const haproxy = needs('haproxy');
const never = new AbortController().signal;
const file = (port: number, servers = 1) =>
  `\nlisten web\n    bind 127.0.0.1:${port}\n    mode tcp\n    balance leastconn\n${Array.from({ length: servers }, (_, i) => `    server s${i} 127.0.0.1:${i + 1}\n`).join('')}`;

interface Scene {
  readonly running: RunningHaproxy;
  readonly output: string;
  readonly ports: readonly number[];
  readonly journal: ReturnType<typeof journalOf>;
  readonly apply: (request: Partial<ApplyRequest>, binary?: string) => ReturnType<typeof apply>;
}

/** A HAProxy that runs podfront's output beside a file with its defaults. */
async function scene(t: ExecutionContext): Promise<Scene> {
  const folder = await tempFolder(t);
  const ports = await reservePorts(2);
  const base = await configFile(folder, '', 'base.conf');
  const output = join(folder, 'haproxy.cfg');
  await writeFile(output, file(ports[0] ?? 0));
  const running = await runHaproxy(t, { folder, files: [base, output] });
  const journal = journalOf(output);
  return {
    running,
    output,
    ports,
    journal,
    async apply(request, binary = 'haproxy') {
      const all = config([listen({ name: 'web' })], {
        output,
        binary,
        layout: 'fragment',
        with: [base],
        reload: { kind: 'master', socket: running.master },
      });
      const tools = {
        config: all,
        journal,
        env: process.env,
        clock: systemClock,
        kill: () => {},
        onWarnings: () => {},
        timeouts: { check: 60_000, reload: 60_000, verify: 20_000 },
      };
      const state = await inspect(all.haproxy, process.env, never);
      return apply(tools, { text: '', write: true, check: true, reload: true, saveLastGood: true, expected: [], ...request }, state, never);
    },
  };
}

haproxy('a change is checked, installed, reloaded and seen running; the journal knows it, and no candidate is left', async (t) => {
  const { running, output, ports, journal, apply } = await scene(t);
  const text = file(ports[0] ?? 0, 2);
  const outcome = await apply({ text, expected: [{ listen: 'web', servers: 2 }] });
  t.is(outcome.kind, 'running');
  t.is(await readFile(output, 'utf8'), text);
  t.is((await running.servers()).length, 2);
  if (outcome.kind === 'running') t.is(await journal.digestOf(outcome.worker), reloadDigest(text));
  t.is(await journal.lastGood(), null);
  t.deepEqual(
    readdirSync(join(output, '..')).filter((name) => name.endsWith('.podfront')),
    [],
  );
});

haproxy('without a reload the file alone is replaced', async (t) => {
  const { running, output, ports, apply } = await scene(t);
  const text = file(ports[0] ?? 0, 2);
  t.deepEqual(await apply({ text, reload: false }), { kind: 'refreshed' });
  t.is(await readFile(output, 'utf8'), text);
  t.is((await running.processes()).reloads, 0);
});

haproxy('what haproxy -c refuses changes nothing', async (t) => {
  const { running, output, apply } = await scene(t);
  const before = await readFile(output, 'utf8');
  const outcome = await apply({ text: `${before}    nonsense\n` });
  t.is(outcome.kind, 'refused');
  if (outcome.kind === 'refused')
    t.deepEqual(
      outcome.verdict.alerts.map(({ listen }) => listen),
      ['web'],
    );
  t.is(await readFile(output, 'utf8'), before);
  t.is((await running.processes()).reloads, 0);
});

haproxy('a check that is ended, or out of memory, is no verdict and changes nothing', async (t) => {
  const { output, ports, apply } = await scene(t);
  const before = await readFile(output, 'utf8');
  const binary = join(output, '..', 'ended');
  for (const end of ['kill -9 $$', 'exit 137', 'echo "[ALERT] (1) : config : Out of memory error." >&2; exit 1']) {
    await writeFile(binary, `#!/bin/sh\n${end}\n`);
    await chmod(binary, 0o755);
    await t.throwsAsync(apply({ text: file(ports[0] ?? 0, 2) }, binary), { code: 'haproxy.check-ended' }, end);
    t.is(await readFile(output, 'utf8'), before);
  }
  t.deepEqual(
    readdirSync(join(output, '..')).filter((name) => name.endsWith('.podfront')),
    [],
  );
});

haproxy('a reload that fails brings the last good file back, and HAProxy goes on with it', async (t) => {
  const { running, output, ports, journal, apply } = await scene(t);
  const before = await readFile(output, 'utf8');
  const other = createServer().listen(ports[1], '127.0.0.1');
  t.teardown(() => void other.close());
  const outcome = await apply({ text: file(ports[1] ?? 0) });
  t.is(outcome.kind, 'failed');
  if (outcome.kind === 'failed') t.is(outcome.problem.code, 'reload.failed');
  t.is(await readFile(output, 'utf8'), before);
  t.is((await running.servers()).length, 1);
  t.is(await journal.lastGood(), null);
});

haproxy('a worker without the servers of the new file is a failure, and the last good file comes back', async (t) => {
  const { output, ports, apply } = await scene(t);
  const before = await readFile(output, 'utf8');
  const outcome = await apply({ text: file(ports[0] ?? 0, 2), expected: [{ listen: 'web', servers: 3 }] });
  t.is(outcome.kind, 'failed');
  if (outcome.kind === 'failed') t.regex(outcome.problem.message, /has 2 servers in listen web instead of 3/);
  t.is(await readFile(output, 'utf8'), before);
});

haproxy('where HAProxy is not running the file is installed and the reload is owed', async (t) => {
  const { running, output, ports, apply } = await scene(t);
  await running.stop();
  const text = file(ports[0] ?? 0, 2);
  const outcome = await apply({ text });
  t.is(outcome.kind, 'owed');
  t.is(await readFile(output, 'utf8'), text);
});

haproxy('a file with secrets is for its owner and group, however the section is indented', async (t) => {
  const { output, ports, apply } = await scene(t);
  const secrets = [
    '  userlist _users_web\n    user bob insecure-password secret\n',
    '\nbackend s\n    mode http\n    stats auth bob:secret\n',
  ];
  for (const secret of secrets) {
    t.is(spawnSync('chmod', ['644', output]).status, 0);
    t.deepEqual(await apply({ text: `${file(ports[0] ?? 0)}${secret}`, reload: false }), { kind: 'refreshed' });
    t.is((await stat(output)).mode & 0o777, 0o640, secret);
  }
  t.true(existsSync(output));
});
