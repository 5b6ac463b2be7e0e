import { eventually, frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { startDnsRelay, udpPorts } from '../support/dns-relay.ts';
import { needs } from '../support/needs.ts';

needs('haproxy')('HAProxy whose one flow to cluster DNS goes nowhere is noticed, said to be so, and reloaded', async (t) => {
  const front = await frontend(t);
  const relay = await startDnsRelay(front.cluster.port);
  t.teardown(relay.close);
  await front.configure({ cluster: { nameservers: [relay.nameserver] } });
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  const haproxy = await front.startHaproxy();
  await watching.until(isCurrent);

  const [worker = 0] = (await haproxy.processes()).workers;
  await eventually('HAProxy asks', () => udpPorts(worker).length > 0);
  relay.mute(udpPorts(worker));
  await front.scale(5);
  // podfront, whose flows are others, knows of them at once.
  await eventually('the file has five pods', async () => /init-addr 127.*\.5$/m.test(await front.text()));
  await watching.says(/HAProxy does not follow cluster DNS: for \d+ s listen web has lacked 3 of the known addresses/);
  const { haproxy: shown, warnings } = await watching.status();
  t.false(shown.current);
  t.true(warnings.some(({ code }) => code === 'haproxy.not-following'));
  await watching.says(/reloaded HAProxy, and saw it run the new file: HAProxy does not follow cluster DNS in listen web/);
  await eventually('HAProxy has five servers', async () => (await haproxy.servers()).filter(({ up }) => up).length === 5);
  // Its new worker asks from another socket: it follows by itself again.
  await front.scale(6);
  await eventually('HAProxy has six servers', async () => (await haproxy.servers()).filter(({ up }) => up).length === 6);
  await watching.until(isCurrent);
  t.is((await haproxy.processes()).reloads, 1);
});
