import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { startCluster } from '../../demo/cluster.ts';
import type { Check } from '../../src/doctor/check.ts';
import { type Frontend, frontend } from '../support/daemon-frontend.ts';
import { onLoopback, visit, wellFrontend } from '../support/doctor-facts.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { asNobody, nobody, podfrontForAnybody } from '../support/other-user.ts';
import { podfront } from '../support/podfront.ts';

const elsewhere = { haproxy: { reload: { master: '/nonexistent/elsewhere.sock' } } };

needs('haproxy', 'root')('where the way to HAProxy is wrong, its own ports are not said to be taken by another program', async (t) => {
  const front = await wellFrontend(t);
  await front.configure(elsewhere);
  const { failed, check } = await visit(t, front);
  t.deepEqual(failed, ['HAProxy running', onLoopback]);
  const [worker = 0] = (await front.haproxy.processes()).workers;
  t.regex(check('bind addresses free').seen, new RegExp(`^HAProxy itself listens there \\(process ${worker}\\), although it is not found`));
});

needs('haproxy', 'root')('a program that has the port of a HAProxy that does not run is named', async (t) => {
  const front = await frontend(t);
  await front.configure({ status: 'none' });
  t.is((await podfront(['--config', front.config, 'render', front.output], { cwd: front.folder })).status, 0);
  const other = createServer().listen(front.port, '127.0.0.1');
  t.teardown(() => other.close());
  await once(other, 'listening');
  const { failed, check } = await visit(t, front);
  t.deepEqual(failed, ['HAProxy running', 'bind addresses free', onLoopback]);
  t.regex(check('bind addresses free').seen, new RegExp(`port ${front.port} is taken by another program: \\S+, process ${process.pid}$`));
});

needs(
  'haproxy',
  'root',
  'setpriv',
)('a user who may not see who has a port leaves it open', async (t) => {
  const front = await wellFrontend(t);
  await front.configure(elsewhere);
  chmodSync(front.folder, 0o755);
  const { result, seen } = (await visitOfNobody(t, front)).find(({ name }) => name === 'bind addresses free') ?? {};
  t.is(result, 'skip');
  t.regex(seen ?? '', /is taken by another program, or by HAProxy itself, which was not found: only root can see whose socket it is$/);
});

needs(
  'haproxy',
  'root',
  'setpriv',
)("a master's socket that this user may not open is a matter of permission, and HAProxy is there", async (t) => {
  const front = await wellFrontend(t);
  chmodSync(front.folder, 0o755);
  const checks = await visitOfNobody(t, front);
  const of = (wanted: string) => checks.find(({ name }) => name === wanted) ?? { result: '', seen: '' };
  t.is(of('reload permitted').result, 'fail');
  t.regex(of('reload permitted').seen, /EACCES/);
  t.regex(of('HAProxy running').seen, /EACCES; this follows from reload permitted, see there$/);
});

needs('haproxy', 'root')(
  'an output on a file system that was made read-only cannot be replaced, and that is the reason given',
  async (t) => {
    const front = await wellFrontend(t);
    const disk = join(front.folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'podfront-test', disk]);
    t.teardown(() => execFileSync('umount', [disk]));
    await front.configure({ status: 'none', haproxy: { output: join(disk, 'haproxy.cfg') } });
    t.is((await visit(t, front)).check('output writable').result, 'pass');
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const { result, seen } = (await visit(t, front)).check('output writable');
    t.is(result, 'fail');
    t.regex(seen, /disk\/haproxy\.cfg cannot be replaced: the file system is read-only$/);
  },
);

needs('haproxy', 'ip')('a cache before cluster DNS is seen by its TTLs, and is worth a warning where it keeps answers long', async (t) => {
  const front = await wellFrontend(t);
  const caching = async (ttl: number) => {
    const cluster = await startCluster({ scene: front.cluster.scene(), ttl, cached: true });
    t.teardown(cluster.close);
    await front.configure({ status: 'none', cluster: { nameservers: [cluster.nameserver] } });
    return (await visit(t, front)).check('cluster DNS caching');
  };
  const long = await caching(30);
  t.is(long.result, 'warn');
  t.regex(
    long.seen,
    /^answers are cached: their TTL went from \d+ s to \d+ s in one second; a pod that ended is noticed up to \d+ s late$/,
  );
  const short = await caching(9);
  t.is(short.result, 'pass');
  t.regex(short.seen, /^answers are cached: /);
});

needs(
  'haproxy',
  'root',
  'setpriv',
)("root asks systemd on behalf of the folder's owner, and says so where the answer tells nothing", async (t) => {
  const front = await frontend(t);
  await front.configure({ status: 'none', haproxy: { reload: { systemd: 'haproxy.service' } } });
  chownSync(front.folder, nobody, nobody);
  // A real systemd and polkit are asked in test/systemd; what they may say besides is said by a program in their place.
  const bin = folderOf(t);
  chmodSync(bin, 0o755);
  const said = async (words: string) => {
    const script = `#!/bin/sh\n[ "$1" = show ] && printf 'LoadState=loaded\\nCanReload=yes\\n' && exit\necho "$(id -u): ${words}" >&2\nexit 1\n`;
    writeFileSync(join(bin, 'systemctl'), script, { mode: 0o755 });
    const { result, seen } = (await visit(t, front, { env: { PATH: `${bin}:${process.env.PATH}` } })).check('reload permitted');
    return `${result}: ${seen}`;
  };
  const whom = `user ${nobody}, who owns the folder of the output`;
  t.is(await said('Isolate is only valid for start'), `pass: haproxy.service can be reloaded, and polkit lets ${whom} do it`);
  t.is(await said('Access denied'), `fail: polkit does not let ${whom} reload haproxy.service`);
  t.is(await said('Connection reset'), `warn: whether ${whom} may reload haproxy.service is not known: ${nobody}: Connection reset`);
});

/** What the doctor says to a user without rights. */
async function visitOfNobody(t: ExecutionContext, { folder, config }: Frontend): Promise<readonly Check[]> {
  const [program = '', ...args] = [...asNobody(), ...(await podfrontForAnybody()), '--config', config, 'doctor', '--json'];
  // Asynchronous, since cluster DNS is in this process; it ends with 1.
  const stdout = await new Promise<string>((resolve) => {
    execFile(program, args, { cwd: folder, env: { PATH: process.env.PATH } }, (_, text, said) => {
      if (text === '') t.log(said);
      resolve(text);
    });
  });
  return (JSON.parse(stdout) as { readonly checks: readonly Check[] }).checks;
}
