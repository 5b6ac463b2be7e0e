import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import { atWork, frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

const withHaproxy = needs('haproxy').serial;

withHaproxy('pods that do not answer, and a service without pods, are told in log, status, page and metrics', async (t) => {
  const idle = { serviceName: 'nobody', binds: [`127.0.0.1:${await reservePort()}`], podPort: 80, mayBeEmpty: true };
  const { front, watching } = await atWork(t, { listen: { idle } });
  const status = async () => podfront(['status', '--address', join(front.folder, 'status.sock')], { cwd: front.folder });
  await watching.until(({ listens }) => listens[0]?.traffic === 'flows' && listens[0].health?.up === 2);
  const well = await status();
  t.is(well.status, 0, well.stdout);
  t.regex(well.stdout, /^traffic: flows in 1 of 2 listens$/m);
  t.regex(well.stdout, /^idle +0 +0 .* no pods, which is allowed$/m);

  await front.pods.close();
  const down = await watching.until(({ listens }) => listens[0]?.outage != null);
  t.like(down.listens[0], { traffic: 'none', outage: { problem: { code: 'haproxy.no-server-up' } }, health: { up: 0, down: 2 } });
  t.true(Date.parse(down.listens[0]?.outage?.since ?? '') > Date.parse(down.startedAt));
  await watching.says(/error: HAProxy has no server that takes traffic: 2 down.* code=haproxy\.no-server-up listens=web/);
  const bad = await status();
  t.is(bad.status, 1);
  t.regex(bad.stdout, /^traffic: flows in 0 of 2 listens; none in web$/m);
  t.regex(bad.stdout, /^web .* no traffic since \S+: HAProxy has no server that takes traffic/m);
  t.regex((await watching.get('/')).text, /<b>error<\/b>: no traffic/);
  const metrics = (await watching.get('/metrics')).text;
  t.regex(metrics, /^podfront_listen_outage\{listen="web",code="haproxy\.no-server-up"\} 1$/m);
  t.regex(metrics, /^podfront_listen_servers\{listen="web",state="down"\} 2$/m);
  t.notRegex(metrics, /^podfront_listen_outage\{listen="idle"/m);

  await front.scale(0);
  await watching.until(({ listens }) => listens[0]?.outage?.problem.code === 'dns.no-pods');
  await watching.says(/code=dns\.no-pods listens=web/);
  t.notRegex(watching.said(), /code=\S+ listens=\S*idle/);
});

withHaproxy('traffic that flows again is said, and where HAProxy cannot be asked its health is not known', async (t) => {
  const front = await frontend(t);
  const pidFile = join(front.folder, 'haproxy.pid');
  await front.scale(0);
  await front.configure({ haproxy: { reload: { pidfile: pidFile } } });
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  await front.startHaproxy();
  const empty = await watching.until((status) => isCurrent(status) && status.listens[0]?.outage != null);
  t.like(empty, { health: { known: false, why: 'neither haproxy.socket nor haproxy.reload.master is set' } });
  await front.scale(2);
  await watching.says(/traffic flows again/);
  t.is((await watching.status()).listens[0]?.traffic, 'unknown');
  const { status, stdout } = await podfront(['status', '--address', join(front.folder, 'status.sock')], { cwd: front.folder });
  t.is(status, 0, stdout);
  t.regex(stdout, /^traffic: not known: neither haproxy\.socket/m);
});

withHaproxy('a ClusterIP and nodes are shown as servers', async (t) => {
  const port = await reservePort();
  const { front, watching } = await atWork(t, (of) => ({
    cluster: { nodes: { node1: '127.0.0.1' } },
    listen: { nodes: { binds: [`127.0.0.1:${port}`], lbServicePort: of.pods.port } },
  }));
  const shown = await watching.until(({ listens }) => listens[1]?.health != null);
  t.like(shown.listens[1], { servers: 1, slots: 0 });
  const details = JSON.parse((await watching.get('/status/nodes')).text) as { serverList: readonly { address: string }[] };
  t.is(details.serverList[0]?.address, `127.0.0.1:${front.pods.port}`);
});
