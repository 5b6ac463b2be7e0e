import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { blocks, page, repository } from '../../support/docs/pages.ts';
import {
  eventually,
  type FrontendCluster,
  frontendCluster,
  pool,
  serviceWithPods,
  type Vm,
} from '../../support/load-balancer/frontend-cluster.ts';
import { needs } from '../../support/needs.ts';

const onRealParts = needs('root', 'netns', 'kubernetes', 'haproxy', 'curl').serial;

const undo: (() => void | Promise<void>)[] = [];
let cluster: FrontendCluster;

/** Two VMs of one class, both with podfront and HAProxy, on one bridge; for all tests of this file. */
async function twoVms(): Promise<readonly [Vm, Vm]> {
  if (cluster === undefined) {
    cluster = await frontendCluster((one) => undo.unshift(one), 2);
    for (const vm of cluster.vms) {
      vm.configure();
      await vm.startHaproxy();
      await vm.startPodfront();
    }
  }
  const [first, second] = cluster.vms;
  if (first === undefined || second === undefined) throw new Error('there are not two VMs');
  return [first, second];
}

test.after.always(async () => {
  for (const one of undo) await one();
});

const external = (name: string) => cluster.kubectl('get', 'svc', name, '-o', 'jsonpath={.status.loadBalancer.ingress[*].ip}');
const served = (name: string) => eventually(`${name} has an address`, async () => (await external(name)) !== '');
const holder = () =>
  cluster.kubectl('get', 'lease', 'podfront-podfront-haproxy', '-n', 'kube-system', '-o', 'jsonpath={.spec.holderIdentity}');
const answers = async (vm: Vm, port: number) => {
  cluster.leadTo(vm);
  return (await cluster.curl(`http://198.51.100.10:${port}/`)).stdout.includes('"pod"');
};
const isWriter = async (vm: Vm) => /writer this VM/.test((await vm.podfront('status')).stdout);

onRealParts('both VMs serve what one of them writes', async (t) => {
  const vms = await twoVms();
  await cluster.apply(...serviceWithPods('web', 1, { spec: { ports: [{ port: 8080 }] } }));
  await served('web');
  for (const vm of vms) await eventually('the VM answers', () => answers(vm, 8080));
  const writers = await Promise.all(vms.map(isWriter));
  t.is(writers.filter(Boolean).length, 1);
  t.is(vms[0].haproxyCfg().replaceAll(vms[0].folder, ''), vms[1].haproxyCfg().replaceAll(vms[1].folder, ''));
});

onRealParts('a writer that is cut off serves on and writes nothing; the other takes over, and no request fails', async (t) => {
  const vms = await twoVms();
  const [writer, other] = (await isWriter(vms[0])) ? vms : [vms[1], vms[0]];
  const before = await holder();
  await writer.reach(false);
  await cluster.apply(...serviceWithPods('late', 2, { spec: { ports: [{ port: 8081 }] } }));
  cluster.leadTo(writer);
  let failed = 0;
  await eventually('another writes', async () => {
    if (!(await cluster.curl('http://198.51.100.10:8080/')).stdout.includes('"pod"')) failed++;
    return (await external('late')) !== '';
  });
  t.is(failed, 0);
  t.not(await holder(), before);
  t.true(await answers(other, 8081));
  t.true(await answers(writer, 8080));
  t.notRegex(writer.haproxyCfg(), /default_late_8081/);
  await writer.reach(true);
  await eventually('it follows again', async () => answers(writer, 8081));
  t.true(await isWriter(other));
});

onRealParts('a writer that is killed is replaced, and one that ends in peace at once', async (t) => {
  const vms = await twoVms();
  const [writer, other] = (await isWriter(vms[0])) ? vms : [vms[1], vms[0]];
  await writer.stopPodfront('SIGKILL');
  const killedAt = Date.now();
  await eventually('the other writes', () => isWriter(other));
  t.log(`the next writer came ${((Date.now() - killedAt) / 1000).toFixed(1)} s after SIGKILL`);
  await writer.startPodfront();
  await eventually('it follows', async () => /writer \S+_/.test((await writer.podfront('status')).stdout));
  const heldBy = await holder();
  await other.stopPodfront('SIGTERM');
  t.not(await holder(), heldBy);
  const endedAt = Date.now();
  await eventually('the first writes again', () => isWriter(writer));
  t.log(`and ${((Date.now() - endedAt) / 1000).toFixed(1)} s after SIGTERM`);
  t.true(await answers(other, 8080), 'HAProxy of a VM without podfront goes on');
});

/** The files of examples/several-vms for a VM: the address that moves is 198.51.100.10, and the VMs are 192.0.2.11 and 192.0.2.12. */
function asExample(vm: Vm, other: Vm): void {
  const service =
    blocks(page('examples/several-vms/README.md'))
      .find(({ language }) => language === 'yaml')
      ?.lines.join('\n') ?? '';
  const pool = /addresses: (\[.*\])/.exec(service)?.[1] ?? '';
  vm.configure();
  const config = `${vm.folder}/podfront.yaml`;
  const moved = (text: string) => text.replaceAll('198.51.100.2', '198.51.100.10');
  writeFileSync(
    config,
    readFileSync(config, 'utf8')
      .replace(/addresses: \[.*\]/, `addresses: ${moved(pool)}`)
      .replace('stats: none', 'stats: 127.0.0.1:8000'),
  );
  const first = vm.address === '192.0.2.11';
  const keepalived = moved(readFileSync(`${repository}examples/several-vms/keepalived.conf`, 'utf8'))
    .replace(/unicast_src_ip \S+/, `unicast_src_ip ${vm.address}`)
    .replace(/(unicast_peer \{\s+)\S+/, `$1${other.address}`)
    .replace('router_id fe1', first ? 'router_id fe1' : 'router_id fe2')
    .replace('priority 100', first ? 'priority 100' : 'priority 90');
  writeFileSync(`${vm.folder}/keepalived.conf`, keepalived);
}

const withKeepalived = needs('root', 'netns', 'kubernetes', 'haproxy', 'curl', 'keepalived').serial;

withKeepalived(
  'examples/several-vms: Services follow the address that keepalived moves, and nobody notices that the writer was killed',
  async (t) => {
    const vms = await twoVms();
    for (const [i, vm] of vms.entries()) {
      await vm.stopPodfront();
      for (const address of pool) await vm.run('ip', 'address', 'delete', address, 'dev', 'lo');
      for (const family of ['ipv4', 'ipv6']) await vm.run('sysctl', '-qw', `net.${family}.ip_nonlocal_bind=1`);
      asExample(vm, vms[1 - i] as Vm);
    }
    await cluster.kubectl('delete', 'svc', '--all');
    for (const vm of vms) await vm.startPodfront();
    await cluster.apply(...serviceWithPods('moving', 3, { spec: { ports: [{ port: 8085 }] } }));
    await served('moving');
    t.is(await external('moving'), '198.51.100.10');
    for (const vm of vms) await eventually('the VM has the listen', () => vm.haproxyCfg().includes('default_moving_8085'));
    cluster.onLink('198.51.100.10');
    for (const vm of vms) {
      const files = [
        '--use-file',
        `${vm.folder}/keepalived.conf`,
        '--pid',
        `${vm.folder}/keepalived.pid`,
        '--vrrp_pid',
        `${vm.folder}/vrrp.pid`,
      ];
      void vm.run('keepalived', '--dont-fork', '--log-console', '--vrrp', ...files);
    }
    const owns = async (vm: Vm) => (await vm.run('ip', '-4', '-brief', 'address', 'show', 'dev', 'eth0')).stdout.includes('198.51.100.10');
    const [fe1, fe2] = vms;
    await eventually('the first VM has the address', () => owns(fe1));
    const answer = async () => (await cluster.curl('http://198.51.100.10:8085/', '--max-time', '2')).stdout.includes('"pod"');
    await eventually('it answers', answer);

    const [writer, other] = (await isWriter(fe1)) ? [fe1, fe2] : [fe2, fe1];
    await writer.stopPodfront('SIGKILL');
    let failed = 0;
    await eventually('the other writes', async () => {
      for (let i = 0; i < 10; i++) if (!(await answer())) failed++;
      return isWriter(other);
    });
    t.is(failed, 0);

    process.kill(Number(readFileSync(`${fe1.folder}/haproxy.pid`, 'utf8')), 'SIGKILL');
    await eventually('the second VM has the address', () => owns(fe2));
    await eventually('it answers there', answer);
  },
);
