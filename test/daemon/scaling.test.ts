import { eventually, frontend, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';

const haproxyTest = needs('haproxy');

haproxyTest('Pods that come and go within the slots cost no reload, and the file follows', async (t) => {
  const front = await frontend(t);
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  const haproxy = await front.startHaproxy();
  await watching.until(({ haproxy }) => haproxy.state === 'running' && haproxy.current);
  const before = await haproxy.processes();

  const five = await front.scale(5);
  await eventually('five servers are up', async () => (await haproxy.servers()).filter(({ up }) => up).length === 5);
  await eventually('the file has five seeds', async () => {
    const text = await front.text();
    return five.every((address) => text.includes(`init-addr ${address}`));
  });
  await front.scale(0);
  await eventually('the file has no seed', async () => !/init-addr \d/.test(await front.text()));
  // `hold nx 30s`: HAProxy forgets a service without pods half a minute after the answer said so.
  await eventually('no server is up', async () => (await haproxy.servers()).filter(({ up }) => up).length === 0);
  await front.scale(3);
  await eventually('three servers are up', async () => (await haproxy.servers()).filter(({ up }) => up).length === 3);
  t.regex(await front.get(), /^pod 127\./);
  t.deepEqual(await haproxy.processes(), before);
  t.is((await watching.status()).reloads, 0);
});
