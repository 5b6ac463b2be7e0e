import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { reservePorts } from '../../demo/ports.ts';
import { readScene } from '../../demo/scene.ts';
import { frontend } from '../support/daemon-frontend.ts';
import { onLoopback, visit } from '../support/doctor-facts.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

needs('haproxy', 'ip')(
  'pods by SRV, a ClusterIP, nodes and listens that share an address are compared with what HAProxy has of each',
  async (t) => {
    const front = await frontend(t);
    const [first = ''] = front.pods.addresses();
    const { port } = front.pods;
    front.cluster.set(
      readScene(`namespaces: [default]
services:
  - {name: named, headless: true, ports: [{name: http, port: ${port}}], pods: {first: ${first}, count: 2}}
  - {name: plain, clusterIPs: [127.255.0.9], ports: [{port: 80}], pods: {first: 127.9.9.1, count: 1}}`),
    );
    const [a = 0, b = 0, c = 0, shared = 0] = await reservePorts(4);
    const bind = (at: number) => [`127.0.0.1:${at}`];
    await front.configure({
      status: 'none',
      cluster: { nodes: { node1: '127.0.0.1', node2: '127.0.0.2' } },
      listen: {
        web: null,
        named: { binds: bind(a), podPort: 'http' },
        plain: { binds: bind(b), servicePort: 80, check: false },
        nodes: { binds: bind(c), lbServicePort: 30080, check: false },
        one: { binds: bind(shared), serviceName: 'named', podPort: port, mode: 'http', hosts: ['one.example.org'] },
        two: { binds: bind(shared), serviceName: 'named', podPort: port, mode: 'http', hosts: ['two.example.org'] },
      },
    });
    const { status, stderr } = await podfront(['--config', front.config, 'render', front.output], { cwd: front.folder });
    t.is(status, 0, stderr);
    await front.startHaproxy();
    const { failed, check } = await visit(t, front);
    t.deepEqual(failed, [onLoopback]);
    for (const [listen, seen] of [
      ['named', '2 of 2'],
      ['plain', '1 of 1'],
      ['nodes', '2 of 2'],
      ['one', '2 of 2'],
    ] as const)
      t.regex(check(`listen ${listen}: servers in HAProxy`).seen, new RegExp(`^${seen} addresses`), listen);
    t.regex(check('listen plain: service').seen, /its ClusterIP/);
    t.is(check('listen plain: slots').result, 'skip');
  },
);

needs('haproxy', 'ip')('servers that HAProxy has filled from SRV records are up, and a fallback in use is no fault', async (t) => {
  const front = await frontend(t);
  const [first = ''] = front.pods.addresses();
  const { port } = front.pods;
  const scene = readScene(`namespaces: [default]
services:
  - {name: named, headless: true, ports: [{name: http, port: ${port}}], pods: {first: ${first}, count: 2}}
  - {name: unseen, clusterIPs: [127.255.0.9], ports: [{port: 80}], pods: {first: 127.9.9.1, count: 1}}`);
  front.cluster.set(scene);
  const [a = 0, b = 0] = await reservePorts(2);
  await front.configure({
    status: 'none',
    listen: {
      web: null,
      named: { binds: [`127.0.0.1:${a}`], podPort: 'http' },
      unseen: { binds: [`127.0.0.1:${b}`], podPort: 80, fallbackServicePort: 80, check: false },
    },
  });
  t.is((await podfront(['--config', front.config, 'render', front.output], { cwd: front.folder })).status, 0);
  const haproxy = await front.startHaproxy();
  await front.pods.start(first.replace(/1$/, '3'));
  front.cluster.scale('default', 'named', 3);
  // HAProxy says of a slot that it has filled by itself that its name was set at run time: bit 0x40.
  while (!/ 2 64 /.test(await haproxy.tell('show servers state named'))) await setTimeout(50);
  const { failed, check } = await visit(t, front);
  t.deepEqual(failed, [onLoopback]);
  t.is(check('listen named: servers in HAProxy').result, 'pass');
  t.is(check('listen unseen: servers in HAProxy').result, 'pass');
});

needs(
  'haproxy',
  'ip',
  'root',
)('a reload by systemd is permitted where the unit is there and can be reloaded', async (t) => {
  const front = await frontend(t);
  await front.configure({ haproxy: { reload: { systemd: 'haproxy.service' } } });
  // No systemd runs where tests do: a program in its place says what systemctl show says.
  const bin = folderOf(t);
  const said = async (text: string, status = 0) => {
    await writeFile(join(bin, 'systemctl'), `#!/bin/sh\nprintf '${text}'\nexit ${status}\n`, { mode: 0o755 });
    const { result, seen } = (await visit(t, front, { env: { PATH: `${bin}:${process.env.PATH}` } })).check('reload permitted');
    return `${result}: ${seen}`;
  };
  t.is(await said('LoadState=loaded\\nCanReload=yes\\n'), 'pass: haproxy.service can be reloaded, and this is root');
  t.is(await said('LoadState=loaded\\nCanReload=no\\n'), 'fail: haproxy.service cannot be reloaded');
  t.is(await said('LoadState=not-found\\nCanReload=no\\n'), 'fail: systemd has no unit haproxy.service');
  t.regex(await said('', 1), /^fail: systemd cannot be asked about haproxy\.service/);
});
