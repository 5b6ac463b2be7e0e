import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { systemProblems } from '../../src/problem/catalogue/system.ts';
import { reasonOf, shortageOf } from '../../src/system/system-error.ts';
import { atWork, bundled, eventually, frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';

const [node = '', main = ''] = bundled;

/** Runs podfront with a limit of descriptors. The limit is on their numbers, so what the test inherited does not count. */
const limited = (limit: number, command: string, cwd: string) => {
  const script = `ulimit -n ${limit}; exec "${node}" "${main}" ${command}`;
  return spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8', timeout: 60_000 });
};

/** The lowest limit with which podfront starts: Node's own descriptors, and one to open a file. */
const fewest = Array.from({ length: 64 }, (_, limit) => limit + 3).find((limit) => limited(limit, '--version', '/').status === 0) ?? NaN;

const commands = [
  ...['render --offline', 'render --offline haproxy.cfg', 'render', 'resolve', 'validate', 'check-networks', 'doctor', 'status'],
  ...['init new.yaml', 'import old.cfg', 'watch --once', 'watch --dry-run --once', 'completion bash'],
];

for (const command of commands) {
  needs('haproxy')(`podfront ${command} with few descriptors ends with a result, or says what is missing`, (t) => {
    const cwd = folderOf(t);
    writeFileSync(
      join(cwd, 'podfront.yaml'),
      'cluster: {nameservers: ["127.0.0.1:9"]}\nstatus: status.sock\nlisten: {web: {podPort: 80}}\n',
    );
    writeFileSync(join(cwd, 'old.cfg'), 'listen web\n bind 127.0.0.1:80\n server s web.default.svc.cluster.local:80\n');
    for (const limit of [0, 1, 2, 3, 5, 8].map((more) => fewest + more)) {
      const { status, signal, stderr } = limited(limit, command, cwd);
      t.true([0, 1, 2, 3, 5].includes(status ?? 70), `${limit}: ${status ?? signal} ${stderr}`);
      t.notRegex(stderr, /defect|not installed|\bE[A-Z]{3,}\b(?<!ECONNREFUSED)|^\s+at /m, `${limit}`);
    }
  });
}

needs('haproxy')('a program for which there is no descriptor is not missing, and the remedy is the limit', (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'podfront.yaml'), 'cluster: {nameservers: ["127.0.0.1:9"]}\nlisten: {web: {podPort: 80}}\n');
  const { status, stderr } = limited(fewest, 'render --offline', cwd);
  t.is(status, systemProblems['system.not-started'].exit);
  t.is(
    stderr,
    'podfront: error: haproxy cannot be started: podfront has too many files open\npodfront: hint: raise ulimit -n, or LimitNOFILE of its unit\n',
  );
});

needs('haproxy', 'prlimit')('the daemon outlives a lack of descriptors, and goes on when there are some again', async (t) => {
  const { front, watching } = await atWork(t);
  const limit = (most: number) => execFileSync('prlimit', [`--pid=${watching.pid}`, `--nofile=${most}:4096`]);
  limit(fewest - 2);
  const from = watching.said().length;
  await front.scale(30);
  await watching.says(/too many files open/, from);
  // HAProxy is not podfront's child, and is not touched.
  t.regex(await front.get(), /^pod/);
  limit(4096);
  const status = await watching.until((now) => isCurrent(now) && now.listens[0]?.pods === 30);
  t.is(status.problem, null);
  await eventually('a new pod answers', async () => /pod/.test(await front.get()));
});

needs('haproxy')('the daemon goes on when its working directory is deleted', async (t) => {
  const front = await frontend(t);
  const gone = join(front.folder, 'gone');
  mkdirSync(gone);
  const watching = startWatch(t, front, [], {}, ['sh', '-c', `cd "${gone}" && exec "$@"`, 'sh', ...bundled]);
  await watching.says(/wrote the file/);
  rmdirSync(gone);
  await front.startHaproxy();
  await front.scale(30);
  const { problem } = await watching.until((now) => isCurrent(now) && now.listens[0]?.pods === 30);
  t.is(problem, null);
});

needs('haproxy')('a temporary folder that cannot be used is named', (t) => {
  const cwd = folderOf(t);
  mkdirSync(join(cwd, 'tmp'));
  writeFileSync(join(cwd, 'podfront.yaml'), 'cluster: {nameservers: ["127.0.0.1:9"]}\nlisten: {web: {podPort: 80}}\n');
  const { status, stderr } = spawnSync(node, [main, 'render', '--offline'], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TMPDIR: '/nonexistent' },
  });
  t.is(status, 5);
  t.regex(
    stderr,
    /^podfront: error: cannot write a temporary file to \/nonexistent: there is no such file or folder\npodfront: hint: set TMPDIR/,
  );
});

test('a shortage is distinguished from a missing file, whoever reports it', (t) => {
  t.is(shortageOf({ code: 'ENOENT' }), null);
  t.is(shortageOf(new Error('no code')), null);
  t.is(shortageOf({ code: 'EMFILE' })?.what, 'podfront has too many files open');
  t.is(shortageOf({ code: 'ERR_SYSTEM_ERROR', info: { errno: 24 } })?.what, 'podfront has too many files open');
  t.is(shortageOf({ code: 'ERR_SYSTEM_ERROR', info: { errno: -23 } })?.what, 'the system has too many files open');
  t.is(shortageOf({ code: 'EAGAIN', syscall: 'spawn haproxy' })?.what, 'there are too many processes');
  t.is(shortageOf({ code: 'EAGAIN', syscall: 'connect' }), null);
  t.is(reasonOf({ code: 'EMFILE' }), 'podfront has too many files open; raise ulimit -n, or LimitNOFILE of its unit');
  t.is(reasonOf({ code: 'ENOENT' }, { ENOENT: 'no folder' }), 'no folder');
  t.is(reasonOf({ code: 'EXDEV' }), 'EXDEV');
});
