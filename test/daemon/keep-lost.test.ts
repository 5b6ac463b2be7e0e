import { setTimeout as sleep } from 'node:timers/promises';
import { reservePorts } from '../../demo/ports.ts';
import { atWork, eventually, type Frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';

const listens = ({ pods }: Frontend, ports: readonly number[]) =>
  Object.fromEntries(
    ports.map((port, i) => [`web${i}`, { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: pods.port, mode: 'http' }]),
  );

needs('haproxy')('When all listens lose their pods at once, the last known servers go on, whatever becomes of podfront', async (t) => {
  const ports = await reservePorts(3);
  const { front, watching, haproxy } = await atWork(t, (front) => ({ listen: listens(front, ports) }));
  // The pods are well; only cluster DNS answers NXDOMAIN, as it does when their nodes are NotReady.
  front.cluster.scale('default', 'web', 0);
  const lostAt = Date.now();
  await watching.says(/4 of 4 listens lost all their pods within a minute; their last known servers stay/);
  const { warnings } = await watching.until((status) => status.reloads === 1 && isCurrent(status));
  t.true(warnings.some(({ code }) => code === 'watch.lost-kept'));
  const kept = await front.text();
  t.regex(kept, /hold nx 24h/);
  t.is((kept.match(/server pod\d \S+ check .* init-addr 127\./g) ?? []).length, 8);
  watching.kill('SIGKILL');
  await watching.ended;
  // By now HAProxy alone would have dropped them: `hold nx` is 30 s otherwise.
  await sleep(Math.max(0, lostAt + 33_000 - Date.now()));
  for (const port of [front.port, ...ports]) t.regex(await front.get(port), /^pod/);

  // Whoever starts podfront again finds the pods in the file, and HAProxy follows by itself once there are some.
  const next = startWatch(t, front);
  await next.says(/4 of 4 listens lost all their pods/);
  t.is(await front.text(), kept);
  await front.scale(3);
  await eventually('HAProxy has the third pod', async () => (await haproxy.servers()).some(({ name, up }) => name === 'pod3' && up));
  await next.says(/the listens have pods again/);
  await eventually('the file is as ever', async () => /hold nx 30s/.test(await front.text()));
  await next.until(isCurrent);
});

needs('haproxy')('With pace.keepLost: none they are forgotten as a single service is', async (t) => {
  const ports = await reservePorts(3);
  const { front, watching } = await atWork(t, (front) => ({ listen: listens(front, ports), pace: { keepLost: 'none' } }));
  front.cluster.scale('default', 'web', 0);
  await eventually('the file has no pods', async () => !/init-addr 127/.test(await front.text()));
  t.regex(await front.text(), /hold nx 30s/);
  t.false(/lost all their pods/.test(watching.said()));
});
