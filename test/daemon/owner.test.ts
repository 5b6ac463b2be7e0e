import { execFile } from 'node:child_process';
import { chown, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Frontend, frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';
import { asNobody, nobody, podfrontForAnybody } from '../support/other-user.ts';

const rootTest = needs('haproxy', 'root', 'setpriv');
const nogroup = nobody;
const daemon = 1;

/** A frontend whose folder belongs to nobody, with a file in it that root wrote, and HAProxy running on that. */
async function handedOver(t: ExecutionContext): Promise<Frontend> {
  const front = await frontend(t);
  const master = join(front.folder, 'open.sock');
  await front.configure({ haproxy: { reload: { master } } });
  t.is(await startWatch(t, front, ['--once']).ended, 0);
  await front.startHaproxy(['-S', `${master},mode,660,gid,${nogroup}`]);
  for (const name of ['', 'podfront.yaml']) await chown(join(front.folder, name), nobody, nogroup);
  await front.configure({ haproxy: { reload: { master }, global: 'maxconn 123' } });
  return front;
}

rootTest('An output of another user is reported with its remedy, left alone, and replaced once it is ours', async (t) => {
  const front = await handedOver(t);
  const before = await front.text();
  await writeFile(join(front.folder, '.haproxy.cfg.runs'), 'of root\n');
  const watching = startWatch(t, front, [], {}, [...asNobody(), ...(await podfrontForAnybody())]);
  const { problem } = await watching.until(({ problem }) => problem !== null);
  t.is(problem?.code, 'apply.owner');
  t.regex(problem?.message ?? '', /cannot replace .*haproxy\.cfg: it belongs to 0:0 \(user:group\), podfront runs as 65534:65534/);
  t.is(problem?.hint, `the previous file is unchanged; give it to podfront: chown 65534:65534 ${front.output}`);
  t.is(await front.text(), before);
  t.regex(await front.get(), /^pod/);

  await chown(front.output, nobody, nogroup);
  await watching.until((status) => isCurrent(status) && status.reloads === 1 && status.problem === null);
  t.regex(await front.text(), /maxconn 123/);
  t.like(await stat(front.output), { uid: nobody, gid: nogroup });
  // The memory of what HAProxy runs is ours too by now.
  t.like(await stat(join(front.folder, '.haproxy.cfg.runs')), { uid: nobody });
});

rootTest('A group of the output that podfront belongs to is kept', async (t) => {
  const front = await handedOver(t);
  await chown(front.output, nobody, daemon);
  const watching = startWatch(t, front, [], {}, [...asNobody(daemon), ...(await podfrontForAnybody())]);
  await watching.until((status) => isCurrent(status) && status.reloads === 1);
  t.like(await stat(front.output), { uid: nobody, gid: daemon });
});

rootTest('render and doctor tell it likewise', async (t) => {
  const front = await handedOver(t);
  const command = [...asNobody(), ...(await podfrontForAnybody())];
  const podfront = (...args: readonly string[]) => {
    const [file = '', ...rest] = [...command, '--config', front.config, ...args];
    return new Promise<{ readonly status: number | string | null | undefined; readonly stdout: string; readonly stderr: string }>(
      (done) => {
        execFile(file, rest, { cwd: front.folder }, (error, stdout, stderr) =>
          done({ status: error === null ? 0 : error.code, stdout, stderr }),
        );
      },
    );
  };
  const rendered = await podfront('render', front.output);
  t.is(rendered.status, 5);
  t.regex(rendered.stderr, /cannot replace .*haproxy\.cfg: it belongs to 0:0/);
  const visited = await podfront('doctor', '--json');
  const { checks } = JSON.parse(visited.stdout) as { checks: readonly { name: string; result: string; remedy: string }[] };
  t.like(
    checks.find(({ name }) => name === 'output writable'),
    { result: 'fail', remedy: `chown 65534 ${front.output}` },
  );
});
