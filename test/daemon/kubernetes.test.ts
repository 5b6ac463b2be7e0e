import { startLoad } from '../../bench/load.ts';
import type { ApiObject } from '../../demo/kubernetes-api.ts';
import { reservePorts } from '../../demo/ports.ts';
import { eventually, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { apiFrontend, clusterIP } from '../support/kubernetes/api-frontend.ts';
import { ready, sliceJson, unready } from '../support/kubernetes/samples.ts';
import { needs } from '../support/needs.ts';

needs('haproxy')(
  'Pods of a Service with a ClusterIP come, drain and go without a reload, and HAProxy serves whatever becomes of the API',
  async (t) => {
    const { front, api, run, setPods } = await apiFrontend(t);
    const [one = '', two = '', three = ''] = await run(3);
    setPods([one, two]);
    const watching = startWatch(t, front);
    await watching.says(/wrote the file/);
    const server = (address: string) => `server pod-${address.replaceAll('.', '-')} ${address}:${front.pods.port} check`;
    t.true((await front.text()).includes(server(one)));
    t.regex(await front.text(), new RegExp(`server service ${clusterIP}:80 .*backup`));
    let haproxy = await front.startHaproxy();
    await watching.until(isCurrent);

    const up = async () =>
      (await haproxy.servers())
        .filter((one) => one.up && one.name !== 'service')
        .map(({ address }) => address)
        .sort();
    setPods([one, two, three]);
    await eventually('three servers', async () => (await up()).join() === [one, two, three].join());
    setPods([one, two], [three]);
    await eventually('the third drains', async () => (await up()).join() === [one, two].join());
    await eventually('the file says so', async () => /weight 0\n/.test(await front.text()));
    setPods([two]);
    await eventually('one server', async () => (await up()).join() === two);
    await eventually('the file has it alone', async () => !(await front.text()).includes(one) && !(await front.text()).includes(three));
    const { reloads } = await haproxy.processes();
    t.is(reloads, 0);

    await api.close();
    await watching.says(/code=api\.unreachable/);
    const status = await watching.until(({ api: of }) => of?.failingSince !== null);
    t.like(status.api, { listens: 1, failing: 1, problem: { code: 'api.unreachable' } });
    t.is(status.listens[0]?.state, 'stale');
    await haproxy.stop();
    haproxy = await front.startHaproxy();
    t.is(await front.get(), `pod ${two}\n`);

    // podfront too is killed, and comes back while the API is away: nothing changes.
    const before = await front.text();
    watching.kill('SIGKILL');
    await watching.ended;
    const next = startWatch(t, front);
    await next.says(/code=api\.unreachable/);
    await next.until(({ haproxy: { state } }) => state === 'running');
    t.is(await front.text(), before);
    t.is(await front.get(), `pod ${two}\n`);
  },
);

needs('haproxy')('Ten thousand events in a burst end in the last state, without a reload', async (t) => {
  const { front, run, setPods } = await apiFrontend(t);
  const pods = await run(4);
  setPods(pods);
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  const haproxy = await front.startHaproxy();
  await watching.until(isCurrent);
  for (let i = 0; i < 10_000; i++) setPods(pods.slice(0, 1 + (i % 4)));
  const [last = ''] = pods.slice(-1);
  setPods([last]);
  await eventually('the last state', async () => {
    const up = (await haproxy.servers()).filter((one) => one.up && one.name !== 'service');
    return up.length === 1 && up[0]?.address === last;
  });
  t.is((await haproxy.processes()).reloads, 0);
  t.is(await front.get(), `pod ${last}\n`);
  const { patches } = await watching.until((status) => (status.api?.events ?? 0) >= 10_000);
  t.true(patches.done < 5_000, 'not each event is a change of HAProxy');
});

needs('haproxy')('When the pods of one Service after the other are not ready and still there, no request fails', async (t) => {
  const ports = await reservePorts(3);
  const further = Object.fromEntries(ports.map((port, i) => [`web${i}`, port]));
  const { front, api, run, setPods } = await apiFrontend(t, further);
  const pods = await run(3);
  const names = ['web', ...Object.keys(further)];
  for (const name of names) setPods(pods, [], name);
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  const haproxy = await front.startHaproxy();
  await watching.until(isCurrent);
  const servers = async (of: string) =>
    (await haproxy.servers()).filter(({ backend, name, up }) => backend === of && up && name !== 'service').length;
  const setUnready = (name: string, count: number) => {
    const endpoints = [...pods.slice(0, count).map(unready), ...pods.slice(count).map((address) => ready(address))];
    const ports = [{ name: 'http', port: front.pods.port }];
    api.set('endpointslices', sliceJson(endpoints, { name: `${name}-1`, service: name, ports }) as unknown as ApiObject);
  };
  const [first = ''] = names;
  setUnready(first, 3);
  await watching.says(/code=api\.none-ready/);
  t.is(await servers(first), 3, 'they wait');
  setPods([], [], first);
  await eventually('pods that are deleted are gone at once', async () => (await servers(first)) === 0);
  setPods(pods, [], first);
  await eventually('its pods are back', async () => (await servers(first)) === 3);

  const load = startLoad([front.port, ...ports], 4);
  for (const name of names) {
    setUnready(name, 1);
    await eventually(`${name} has lost a pod`, async () => (await servers(name)) === 2);
    const { api: before } = await watching.until(() => true);
    setUnready(name, 3);
    await watching.until((status) => (status.api?.events ?? 0) > (before?.events ?? 0));
  }
  await watching.says(/\d of 4 listens lost all their pods within a minute; their last known servers stay/);
  for (const name of names) await eventually(`the pod that ${name} lost first is back`, async () => (await servers(name)) === 3);
  for (const name of names) setPods(pods, [], name);
  await watching.says(/the listens have pods again/);
  await load.stop();
  t.deepEqual(load.failures(), []);
  t.is((await haproxy.processes()).reloads, 0);
});

needs('haproxy')('When all Services lose their endpoints at once, the last known ones stay', async (t) => {
  const ports = await reservePorts(3);
  const further = Object.fromEntries(ports.map((port, i) => [`web${i}`, port]));
  const { front, run, setPods } = await apiFrontend(t, further);
  const pods = await run(2);
  const names = ['web', ...Object.keys(further)];
  for (const name of names) setPods(pods, [], name);
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  await front.startHaproxy();
  await watching.until(isCurrent);
  for (const name of names) setPods([], [], name);
  await watching.says(/4 of 4 listens lost all their pods within a minute; their last known servers stay/);
  for (const port of [front.port, ...ports]) t.regex(await front.get(port), /^pod/);
});
