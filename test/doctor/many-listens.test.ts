import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import { readScene } from '../../demo/scene.ts';
import { frontend } from '../support/daemon-frontend.ts';
import { onLoopback, visit } from '../support/doctor-facts.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

const listens = 1000;

needs('haproxy', 'ip')('1,000 listens that are well have no finding, and HAProxy is asked once for all of them', async (t) => {
  const front = await frontend(t);
  const { port } = front.pods;
  const names = Array.from({ length: listens }, (_, i) => `s${i}`);
  const services = names.map(
    (name, i) =>
      `  - {name: ${name}, headless: true, ports: [{port: ${port}}], pods: {first: 127.${64 + (i >> 8)}.${i & 255}.1, count: 20}}`,
  );
  front.cluster.set(readScene(`namespaces: [default]\nservices:\n${services.join('\n')}\n`));
  const at = await reservePort();
  // A socket that counts the connections between doctor and HAProxy's stats socket.
  const counting = join(front.folder, 'counting.sock');
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections++;
    const inner = connect({ path: join(front.folder, 'stats.sock'), allowHalfOpen: true });
    socket.pipe(inner);
    inner.pipe(socket);
    for (const one of [socket, inner]) one.on('error', () => {});
  }).listen(counting);
  await once(server, 'listening');
  t.teardown(() => server.close());
  await front.configure({
    status: 'none',
    haproxy: { socket: counting, reload: { pidfile: join(front.folder, 'haproxy.pid') } },
    listen: {
      web: null,
      ...Object.fromEntries(names.map((name, i) => [name, { binds: [`127.200.${i >> 8}.${i & 255}:${at}`], podPort: port, check: false }])),
    },
  });
  const { status, stderr } = await podfront(['--config', front.config, 'render', front.output], { cwd: front.folder });
  t.is(status, 0, stderr);
  await front.startHaproxy();
  const { failed, check } = await visit(t, front);
  t.deepEqual(failed, [onLoopback]);
  t.is(check('cluster DNS speed').result, 'pass');
  t.is(check('listen s999: servers in HAProxy').result, 'pass');
  t.true(connections < 20, `${connections} connections to the stats socket`);
});
