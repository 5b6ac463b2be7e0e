import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { checkFile } from '../../../src/haproxy/process/check.ts';
import { config, listen } from '../../support/config-sample.ts';
import { folderOf } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';

const limit = 60_000;
const signal = new AbortController().signal;
const haproxy = needs('haproxy');
const defaults = 'defaults\n    timeout connect 1s\n    timeout client 1s\n    timeout server 1s\n\n';
const good = 'listen ingress\n    bind 127.0.0.1:8443\n    mode tcp\n    balance leastconn\n';

haproxy('a good file is taken, also in the environment of a HAProxy worker', async (t) => {
  const file = join(folderOf(t), 'candidate.cfg');
  writeFileSync(file, defaults + good);
  const env = { ...process.env, HAPROXY_MWORKER: '1', HAPROXY_PROCESSES: '1' };
  t.deepEqual(await checkFile(config([listen()]), { file, text: defaults + good, replaces: null }, env, signal, limit), {
    ok: true,
    warnings: [],
  });
});

haproxy('a warning is shown with the listen it is about, and is a refusal under warnings: refuse', async (t) => {
  const file = join(folderOf(t), 'candidate.cfg');
  const text = `${defaults}listen other\n    bind 127.0.0.1:1\n    mode tcp\n\n${good}    option httplog\n`;
  writeFileSync(file, text);
  const check = (warnings: 'allow' | 'refuse') =>
    checkFile(config([listen(), listen({ name: 'other' })], { warnings }), { file, text, replaces: null }, process.env, signal, limit);
  const allowed = await check('allow');
  t.deepEqual(allowed.ok && [...new Set(allowed.warnings.map((warning) => warning.listen))], ['ingress']);
  const verdict = await check('refuse');
  t.like(verdict, { ok: false });
  if (verdict.ok) return;
  t.deepEqual([...new Set(verdict.alerts.map((alert) => alert.listen))], ['ingress']);
  t.is(verdict.problem.code, 'haproxy.refused');
  t.is(verdict.problem.exit, 4);
});

haproxy('other files are checked together with ours, those of a folder too, but not the file that is to be replaced', async (t) => {
  const folder = folderOf(t);
  const parts = join(folder, 'conf.d');
  mkdirSync(parts);
  writeFileSync(join(folder, 'base.cfg'), defaults);
  const target = join(parts, 'podfront.cfg');
  writeFileSync(target, good);
  writeFileSync(join(parts, 'README'), 'not a configuration');
  writeFileSync(join(parts, '.hidden.cfg'), 'nonsense');
  const file = join(folder, 'candidate.cfg');
  writeFileSync(file, good);
  const all = config([listen()], { with: [join(folder, 'base.cfg'), parts], layout: 'fragment' });
  t.deepEqual(await checkFile(all, { file, text: good, replaces: target }, process.env, signal, limit), { ok: true, warnings: [] });
  writeFileSync(join(parts, 'double.cfg'), good);
  const verdict = await checkFile(all, { file, text: good, replaces: target }, process.env, signal, limit);
  t.false(verdict.ok, 'a second listen of one name, from another file');
});

test('a binary that is missing, or that hangs, gives a problem of its own and no verdict', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'candidate.cfg');
  writeFileSync(file, good);
  await t.throwsAsync(
    checkFile(config([listen()], { binary: '/nonexistent/haproxy' }), { file, text: good, replaces: null }, {}, signal, limit),
    {
      code: 'haproxy.missing',
    },
  );
  const slow = join(folder, 'slow');
  writeFileSync(slow, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  await t.throwsAsync(checkFile(config([listen()], { binary: slow }), { file, text: good, replaces: null }, process.env, signal, 50), {
    code: 'haproxy.timeout',
  });
});

haproxy('a file without any listener is refused in the words that HAProxy has for it', async (t) => {
  const file = join(folderOf(t), 'candidate.cfg');
  writeFileSync(file, defaults);
  const verdict = await checkFile(config([]), { file, text: defaults, replaces: null }, process.env, signal, limit);
  t.false(verdict.ok);
  if (!verdict.ok) t.regex(verdict.problem.lines.join(), /no listener/);
});

haproxy('a named pipe among the other files is named at once, which HAProxy would wait for', async (t) => {
  const folder = folderOf(t);
  const [file, pipe] = [join(folder, 'candidate.cfg'), join(folder, 'pipe.cfg')];
  writeFileSync(file, defaults + good);
  execFileSync('mkfifo', [pipe]);
  for (const others of [[pipe], [folder]]) {
    const checking = checkFile(config([listen()], { with: others }), { file, text: '', replaces: file }, process.env, signal, limit);
    const problem = await t.throwsAsync(checking, { message: /would wait for .*pipe\.cfg, a named pipe/ });
    t.is((problem as { readonly code?: string }).code, 'haproxy.check-ended');
  }
});
