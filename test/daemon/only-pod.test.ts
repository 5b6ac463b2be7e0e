import type { ExecutionContext } from 'ava';
import type { Haproxy } from '../../demo/haproxy.ts';
import { needs } from '../support/needs.ts';
import { type RuntimeFrontend, runtimeFrontend } from '../support/runtime-frontend.ts';

const withHaproxy = needs('haproxy');

/** Sends requests while the only pod refuses, and starts it again when HAProxy has met that: none may fail. */
async function bridgesARestart(t: ExecutionContext, front: RuntimeFrontend, haproxy: Haproxy, pod: number): Promise<void> {
  await front.pods.stop(front.address(pod));
  const before = await repeated(haproxy);
  const met = async () => (await repeated(haproxy)) > before;
  const answers = Array.from({ length: 20 }, () => front.get());
  await front.until(met, 'HAProxy was refused');
  await front.pods.start(front.address(pod));
  for (const answer of await Promise.all(answers)) t.is(answer, `pod ${front.address(pod)}\n`);
}

/** The attempts that HAProxy has repeated: the column `wretr` of `show stat` (management guide 9.1), over all servers. */
async function repeated(haproxy: Haproxy): Promise<number> {
  const rows = (await haproxy.tell('show stat web 4 -1')).split('\n').slice(1);
  return rows.reduce((sum, row) => sum + Number(row.split(',')[15] ?? 0), 0);
}

for (const [when, pods] of [
  ['with it in its file', ['web-a']],
  ['before it came', []],
] as const)
  withHaproxy(`the only pod of the API is not marked down by errors, where HAProxy started ${when}`, async (t) => {
    const front = await runtimeFrontend(t);
    front.watch();
    const only = `web-a ${front.address(1)}`;
    front.observe(...pods.map(() => only));
    const haproxy = await front.startHaproxy();
    await front.until(() => front.status()?.haproxy.current === true, 'podfront knows HAProxy');
    front.observe(only);
    await front.has(`${only} ready`);
    await front.until(async () => / server web-a \S+ check observe none\n/.test(await front.text()), 'the file says it');
    await bridgesARestart(t, front, haproxy, 1);
    await front.pods.start(front.address(2));
    const second = `web-b ${front.address(2)}`;
    front.observe(only, second);
    await front.has(`${only} ready`, `${second} ready`);
    await front.until(async () => !(await front.text()).includes('observe none'), 'the file has two alike');
    await front.pods.stop(front.address(1));
    front.observe(second);
    await front.has(`${second} ready`);
    await bridgesARestart(t, front, haproxy, 2);
    t.is(front.status()?.reloads, 0);
  });
