import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Check } from '../../../src/doctor/check.ts';
import { blocks, page, repository } from '../../support/docs/pages.ts';
import { folderOfPart } from '../../support/kubernetes/build.ts';
import { eventually, type FrontendCluster, frontendCluster, type Vm } from '../../support/load-balancer/frontend-cluster.ts';
import { needs } from '../../support/needs.ts';

const onRealParts = needs('root', 'netns', 'kubernetes', 'haproxy', 'curl').serial;

/** The keys of podfront.yaml that a test needs beside those of the page: nothing of this machine is touched. */
const own = (folder: string) => `haproxy:
  output: ${folder}/haproxy.cfg
  reload: {master: ${folder}/master.sock}
  stats: none
status: ${folder}/status.sock
`;

/** Types a line at the cluster, as its administrator, in a folder; throws, with what it wrote to stderr, where it fails. */
async function type(cluster: FrontendCluster, folder: string, line: string): Promise<string> {
  const script = `cd '${folder}' && podfront() { '${process.execPath}' '${repository}dist/main.js' "$@"; }\n${line}`;
  const path = `${folderOfPart('kubernetes-1.37.2')}:${process.env.PATH}`;
  const { status, stdout, stderr } = await cluster.client('env', `KUBECONFIG=${cluster.kubeconfig}`, `PATH=${path}`, 'sh', '-ec', script);
  if (status !== 0) throw new Error(`${line}: exit status ${status}: ${stderr}`);
  return stdout;
}

/** Adds the addresses of the page's configuration that the cluster's VMs do not have anyway to an interface, as its first step says. */
async function ownAddresses(vm: Vm): Promise<void> {
  const addresses = [
    ...Array.from({ length: 8 }, (_, i) => `198.51.100.${16 + i}/32`),
    ...Array.from({ length: 16 }, (_, i) => `2001:db8::1${i.toString(16)}/128`),
  ];
  for (const address of addresses) {
    const { status, stderr } = await vm.run('ip', 'address', 'add', address, 'dev', 'lo');
    if (status !== 0) throw new Error(stderr);
  }
}

/** What the cluster's own machines do: a scheduler finds the pods a node, and the node gives them an address and starts them. */
async function startPods(cluster: FrontendCluster): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' } });
  const names = async () => (await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
  await eventually('the deployment has a pod', async () => (await names())[0] !== '');
  for (const [i, name] of (await names()).entries()) {
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { apiVersion: 'v1', kind: 'Node', name: 'node1' } };
    await cluster.create(`/api/v1/namespaces/default/pods/${name}/binding`, binding);
    const podIP = `10.1.70.${i + 1}`;
    const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [{ type: 'Ready', status: 'True' }] };
    await cluster.kubectl('patch', 'pod', name, '--subresource=status', '--type=merge', `--patch=${JSON.stringify({ status })}`);
  }
}

onRealParts('docs/load-balancer.md leads from nothing to curl, typed as it stands', async (t) => {
  const undo: (() => void | Promise<void>)[] = [];
  t.teardown(async () => {
    for (const one of undo) await one();
  });
  const cluster = await frontendCluster((one) => undo.unshift(one));
  const vm = cluster.vms[0] as Vm;
  cluster.leadTo(vm);
  await ownAddresses(vm);
  const section = page('docs/load-balancer.md').split('\n## From nothing to curl\n')[1]?.split('\n## ')[0] ?? '';
  const administrator = join(dirname(vm.folder), 'administrator');
  mkdirSync(administrator);
  for (const { language, lines } of blocks(section)) {
    if (language === 'yaml') {
      const yaml = `${lines.join('\n')}\n`;
      writeFileSync(join(administrator, 'podfront.yaml'), yaml);
      writeFileSync(join(vm.folder, 'podfront.yaml'), yaml.replaceAll('/etc/podfront', vm.folder) + own(vm.folder));
    }
    for (const line of language === 'sh' ? lines : []) {
      const said = await type(cluster, administrator, line);
      if (line.startsWith('podfront kubeconfig')) {
        copyFileSync(join(administrator, 'kubeconfig'), join(vm.folder, 'kubeconfig'));
        await vm.startHaproxy();
        await vm.startPodfront();
        const { checks } = JSON.parse((await vm.podfront('doctor', '--json')).stdout) as { readonly checks: readonly Check[] };
        const results = checks
          .filter(({ name }) => /LoadBalancer addresses|permission/i.test(name))
          .map(({ name, result }) => [name, result]);
        t.true(results.length >= 3, JSON.stringify(checks));
        t.true(
          results.every(([, result]) => result === 'pass'),
          JSON.stringify(checks),
        );
      }
      if (line.startsWith('kubectl create')) await startPods(cluster);
      if (line.startsWith('kubectl get')) t.regex(said, /web +LoadBalancer .*(<pending>|198\.51\.100\.10) /);
    }
  }
  await eventually('there is an address', async () =>
    / 198\.51\.100\.10 +80/.test(await type(cluster, administrator, 'kubectl get svc web')),
  );
  const [, command = ''] = /`(curl [^`]+)` reaches a pod/.exec(section) ?? [];
  await eventually('a pod answers', async () => (await type(cluster, administrator, `${command} || true`)).includes('"pod":"10.1.70.1"'));
  t.regex(await type(cluster, administrator, 'kubectl describe svc web'), /Normal +Allocated .* served on 198\.51\.100\.10/);
});
