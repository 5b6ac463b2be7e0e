import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import test, { type ExecutionContext } from 'ava';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';
import { example } from '../support/unit-file.ts';

const analyzeTest = needs('systemd-analyze');

/** Debian's own unit: installed by its package haproxy. */
const debians = '/lib/systemd/system/haproxy.service';

/** podfront.service in a folder, with a program that is there. */
function unit(t: ExecutionContext): string {
  const file = join(folderOf(t), 'podfront.service');
  const text = readFileSync(example('podfront.service'), 'utf8');
  writeFileSync(file, text.replace('/usr/local/bin/podfront', process.execPath));
  return file;
}

function analyze(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['--no-pager', ...args], { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

analyzeTest('systemd finds no fault in podfront.service', (t) => {
  const file = unit(t);
  t.deepEqual(analyze('verify', '--man=no', file), { status: 0, said: '' });
  writeFileSync(file, readFileSync(file, 'utf8').replace('WatchdogSec', 'Watchdogsec'));
  t.regex(analyze('verify', '--man=no', file).said, /Watchdogsec/, 'and it would find one');
});

analyzeTest('systemd rates the exposure of podfront.service as OK', (t) => {
  const { status, said } = analyze('security', '--offline=true', '--threshold=25', unit(t));
  t.is(status, 0, said);
  t.regex(said, /Overall exposure level for podfront\.service: [\d.]+ OK/);
});

needs('systemd-analyze', 'haproxy')("systemd takes the drop-in with Debian's haproxy.service", (t) => {
  t.true(existsSync(debians), `${debians} is not there`);
  t.regex(readFileSync(debians, 'utf8'), /^ExecStart=\S+ -Ws -f \$CONFIG -p \$PIDFILE \$EXTRAOPTS$/m, 'the drop-in sets these');
  const folder = folderOf(t);
  mkdirSync(join(folder, 'haproxy.service.d'));
  copyFileSync(debians, join(folder, 'haproxy.service'));
  copyFileSync(example('haproxy-podfront.conf'), join(folder, 'haproxy.service.d/podfront.conf'));
  const { status, said } = analyze('verify', '--man=no', join(folder, 'haproxy.service'));
  t.is(status, 0);
  t.notRegex(said, /podfront\.conf/);
});

test('The configuration of the walk-through is one that podfront takes', async (t) => {
  const { status, stdout, stderr } = await podfront(['--config', example('podfront.yaml'), 'render', '--offline', '--no-validate'], {
    cwd: folderOf(t),
  });
  t.is(status, 0, stderr);
  // It is loaded beside haproxy.cfg, which has these.
  t.notRegex(stdout, /^(global|defaults)|listen _stats/m);
});

needs(
  'systemd-sysusers',
  'systemd-tmpfiles',
  'root',
)('The user and its folders are made as the files say', (t) => {
  const root = folderOf(t);
  mkdirSync(join(root, 'etc'));
  for (const [program, ...args] of [
    ['systemd-sysusers', `--root=${root}`, example('podfront.sysusers')],
    ['systemd-tmpfiles', `--root=${root}`, '--create', example('podfront.tmpfiles')],
  ] as const) {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    t.is(status, 0, stderr);
  }
  const [, uid, gid] = /^podfront:x:(\d+):(\d+):/m.exec(readFileSync(join(root, 'etc/passwd'), 'utf8')) ?? [];
  for (const folder of ['podfront', 'podfront/haproxy']) {
    const made = statSync(join(root, 'var/lib', folder));
    t.deepEqual([made.uid, made.gid, made.mode & 0o7777], [Number(uid), Number(gid), 0o750]);
  }
});

test('The polkit rule lets podfront reload HAProxy, and nothing else', (t) => {
  type Rule = (action: object, subject: object) => unknown;
  const rules: Rule[] = [];
  const polkit = { addRule: (rule: Rule) => rules.push(rule), Result: { YES: 'yes', NOT_HANDLED: 'not handled' } };
  runInNewContext(readFileSync(example('podfront.rules'), 'utf8'), { polkit });
  const asked = (user: string, verb: string, unit = 'haproxy.service', id = 'org.freedesktop.systemd1.manage-units') => {
    const details: Readonly<Record<string, string>> = { unit, verb };
    return rules.map((rule) => rule({ id, lookup: (name: string) => details[name] }, { user }));
  };
  t.deepEqual(asked('podfront', 'reload'), ['yes']);
  t.deepEqual(asked('podfront', 'restart'), ['not handled']);
  t.deepEqual(asked('podfront', 'reload', 'ssh.service'), ['not handled']);
  t.deepEqual(asked('nobody', 'reload'), ['not handled']);
  t.deepEqual(asked('podfront', 'reload', 'haproxy.service', 'org.freedesktop.systemd1.manage-unit-files'), ['not handled']);
});
