import type { ExecutionContext } from 'ava';
import type { Haproxy } from '../../demo/haproxy.ts';
import { needs } from '../support/needs.ts';
import { type RuntimeFrontend, runtimeFrontend } from '../support/runtime-frontend.ts';

const withHaproxy = needs('haproxy');

/** Sends requests while the only pod refuses, and starts it again when HAProxy has met that: none may fail. */
async function bridgesARestart(t: ExecutionContext, front: RuntimeFrontend, haproxy: Haproxy): Promise<void> {
  await front.pods.stop(front.address(1));
  const met = async () => Number((await haproxy.tell('show stat web 4 -1')).split('\n')[1]?.split(',')[retries]) > 0;
  const answers = Array.from({ length: 20 }, () => front.get());
  await front.until(met, 'HAProxy was refused');
  await front.pods.start(front.address(1));
  for (const answer of await Promise.all(answers)) t.is(answer, `pod ${front.address(1)}\n`);
}
/** The column `wretr` of `show stat` (management guide 9.1). */
const retries = 15;

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
    await bridgesARestart(t, front, haproxy);
    await front.pods.start(front.address(2));
    const second = `web-b ${front.address(2)}`;
    front.observe(only, second);
    await front.has(`${only} ready`, `${second} ready`);
    await front.until(async () => !(await front.text()).includes('observe none'), 'the file has two alike');
    t.is(front.status()?.reloads, 0);
  });
