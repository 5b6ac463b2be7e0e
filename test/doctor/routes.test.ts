import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../src/doctor/check.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { namespaceOf } from '../support/networks/namespace.ts';

// A frontend VM's routes in a network namespace of its own: flannel's and kube-proxy's as they should be, then one after the other gone.
needs(
  'root',
  'netns',
  'ip',
)('routes to the pods and services are missed when they are gone, and the networks are compared', (t) => {
  const folder = folderOf(t);
  const document = {
    cluster: { nameservers: ['10.0.0.254'], nodes: { node1: '192.0.2.11' } },
    haproxy: { output: 'haproxy.cfg', reload: 'none' },
    listen: { web: { podPort: 80, binds: ['127.0.0.1:8080'] } },
  };
  writeFileSync(join(folder, 'podfront.yaml'), JSON.stringify(document));
  const { ip, run } = namespaceOf(t, folder);
  const doctor = () => {
    const { stdout, stderr } = run(['doctor', '--json']);
    const { checks } = JSON.parse(stdout || stderr) as { readonly checks: readonly Check[] };
    return (start: string) => {
      const { result = '', seen = '' } = checks.find(({ name }) => name.startsWith(start)) ?? {};
      return `${result}: ${seen}`;
    };
  };
  ip(`link add eth0 type veth peer name far-eth0
    link set far-eth0 up
    addr add 192.0.2.5/24 dev eth0
    link set eth0 up
    route add default via 192.0.2.1
    link add flannel.1 type veth peer name far-flannel.1
    link set far-flannel.1 up
    addr add 10.1.7.0/32 dev flannel.1
    link set flannel.1 up
    route add 10.1.0.0/16 dev flannel.1
    route add 10.0.0.0/24 via 192.0.2.11`);
  const well = doctor();
  t.regex(well('route to the pod network'), /^pass: 10\.1\.0\.0\/16 dev flannel\.1/);
  t.regex(well('route to the service network'), /^pass: 10\.0\.0\.0\/24 via 192\.0\.2\.11 dev eth0/);
  t.regex(well('networks'), /^pass: 10\.0\.0\.0\/24, 10\.1\.0\.0\/16 /);

  ip('route del 10.1.0.0/16 dev flannel.1\nroute del 10.0.0.0/24');
  const gone = doctor();
  t.regex(gone('route to the pod network'), /^warn: .* by default via 192\.0\.2\.1 dev eth0/);
  t.regex(
    gone('route to the service network'),
    /^fail: only default via 192\.0\.2\.1 dev eth0, and nothing answers on .*, nor cluster DNS on 10\.0\.0\.254/,
  );

  ip('route del default\nroute add unreachable 10.1.0.0/16');
  const none = doctor();
  t.regex(none('route to the pod network'), /^fail: no route to 10\.1\.0\.1/);
  t.regex(none('route to the service network'), /^fail: no route to 10\.0\.0\.1: network is unreachable/);

  ip('addr add 10.1.200.9/24 dev eth0');
  t.regex(doctor()('networks'), /^fail: .*10\.1\.200\.0\/24/);
});

needs(
  'root',
  'netns',
  'ip',
)('routes that were made for the cluster are no conflict once their nodes are named, and the remedy says so', (t) => {
  const folder = folderOf(t);
  const { ip, run } = namespaceOf(t, folder);
  ip(`link add eth0 type veth peer name far-eth0
    link set far-eth0 up
    addr add 192.0.2.5/24 dev eth0
    link set eth0 up
    route add 10.0.0.0/24 via 192.0.2.11
    route add 10.1.1.0/24 via 192.0.2.11
    route add 10.1.2.64/26 via 192.0.2.12`);
  const networks = (nodes: Readonly<Record<string, string>>) => {
    const document = {
      cluster: { nameservers: ['10.0.0.254'], nodes },
      haproxy: { output: 'haproxy.cfg', reload: 'none' },
      listen: { web: { podPort: 80, binds: ['127.0.0.1:8080'] } },
    };
    writeFileSync(join(folder, 'podfront.yaml'), JSON.stringify(document));
    const { checks } = JSON.parse(run(['doctor', '--json']).stdout) as { readonly checks: readonly Check[] };
    return checks.find(({ name }) => name === 'networks');
  };
  t.like(networks({}), {
    result: 'fail',
    remedy:
      'where 192.0.2.11, 192.0.2.12 leads to the cluster, name it in cluster.nodes as a node; otherwise see podfront check-networks, which also suggests free networks',
  });
  t.is(networks({ node1: '192.0.2.11', node2: '192.0.2.12' })?.result, 'pass');
});

needs(
  'root',
  'netns',
  'ip',
)('a network into which nothing leads needs no route', (t) => {
  const folder = folderOf(t);
  const { ip, run } = namespaceOf(t, folder);
  const routes = (nameserver: string, listen: object) => {
    const document = {
      cluster: { nameservers: [nameserver], nodes: { node1: '192.0.2.11' } },
      haproxy: { output: 'haproxy.cfg', reload: 'none' },
      listen: { web: { ...listen, binds: ['127.0.0.1:8080'] } },
    };
    writeFileSync(join(folder, 'podfront.yaml'), JSON.stringify(document));
    const { checks } = JSON.parse(run(['doctor', '--json']).stdout) as { readonly checks: readonly Check[] };
    return ['service', 'pod'].map((one) => checks.find(({ name }) => name.startsWith(`route to the ${one} network`))?.result);
  };
  ip(`link add eth0 type veth peer name far-eth0
    link set far-eth0 up
    addr add 192.0.2.5/24 dev eth0
    link set eth0 up`);
  // Cilium in place of kube-proxy leads no machine outside to ClusterIPs; the routes of Calico lead to blocks of pods.
  t.deepEqual(routes('192.0.2.53', { lbServicePort: 30_080 }), ['skip', 'skip']);
  t.deepEqual(routes('10.0.0.254', { lbServicePort: 30_080 }), ['fail', 'skip']);
  t.deepEqual(routes('192.0.2.53', { podPort: 80 }), ['fail', 'fail']);
});
