import test from 'ava';
import {
  eventually,
  type FrontendCluster,
  frontendCluster,
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
