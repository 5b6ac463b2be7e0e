import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { installerOfHost } from '../../src/networks/read/host-installer.ts';
import { folderOf } from '../support/folder.ts';
import { checked, checkedText } from '../support/networks/host.ts';

const office = ['--network', 'office=10.0.0.0/16'];

test('The advice names the options of the installer, and the report ends with its snippet', async (t) => {
  const kubeadm = await checkedText(t, {}, ...office, '--for', 'kubeadm');
  t.regex(kubeadm.stdout, /change kubeadm init --service-cidr$/m);
  t.true(kubeadm.stdout.endsWith('\nkubeadm init --service-cidr 10.2.0.0/24 --pod-network-cidr 10.1.0.0/16\n'), kubeadm.stdout);
  const k3s = await checkedText(t, {}, '--network', '10.1.0.0/16', '--for', 'k3s');
  t.regex(k3s.stdout, /change k3s server --cluster-cidr$/m);
  t.true(k3s.stdout.endsWith('\nk3s server --service-cidr 10.0.0.0/24 --cluster-cidr 10.2.0.0/16\n'), k3s.stdout);
  const nixos = await checkedText(t, {}, ...office, '--for', 'nixos');
  t.regex(nixos.stdout, /change services\.kubernetes\.apiserver\.serviceClusterIpRange and flyingcircus/);
  for (const { stdout } of [kubeadm, k3s]) t.notRegex(stdout, /services\.kubernetes|flyingcircus|NixOS/);
  t.is((await checkedText(t, {}, '--for', 'minikube')).status, 2);
});

test('In JSON the option is that of the installer', async (t) => {
  const { report } = await checked(t, {}, '--for', 'kubeadm');
  t.deepEqual(
    report.cluster.map(({ option }) => option),
    ['--service-cidr', '--pod-network-cidr'],
  );
});

test('Files of a host show no installer, so NixOS is assumed', async (t) => {
  t.is((await checked(t, {})).report.cluster[0]?.option, 'services.kubernetes.apiserver.serviceClusterIpRange');
});

test('kubeadm and k3s put cluster DNS on the tenth address, and a network without one is a warning', async (t) => {
  const small = ['--service-network', '10.0.0.0/29'];
  for (const installer of ['kubeadm', 'k3s']) {
    const { report } = await checked(t, {}, ...small, '--for', installer);
    t.regex(report.findings[0]?.message ?? '', new RegExp(`^${installer} gives cluster DNS the address 10\\.0\\.0\\.10, outside`));
  }
  const { stdout } = await checkedText(t, {}, ...small, '--network', '10.0.0.0/30', '--for', 'k3s');
  t.regex(stdout, /^k3s server --service-cidr 10\.0\.0\.8\/29 .* --cluster-dns 10\.0\.0\.14$/m);
  const dns = { interfaces: { cni0: ['10.1.5.1/24'] }, resolvConf: 'nameserver 10.0.0.10\n' };
  t.deepEqual((await checked(t, dns, '--for', 'k3s')).report.findings, [], 'on an active node it is a name server of its own');
});

test('A dashboard that is configured is named for podfront.yaml where the installer has no option for it', async (t) => {
  const { stdout } = await checkedText(t, { config: 'cluster: {dashboardClusterIP: 10.0.0.250}\n' }, ...office, '--for', 'kubeadm');
  t.regex(stdout, /^# cluster\.dashboardClusterIP in podfront\.yaml: 10\.2\.0\.250$/m);
});

test('A host shows its installer by its files', (t) => {
  const show = (...files: readonly string[]) => {
    const root = folderOf(t);
    for (const file of files) {
      mkdirSync(join(root, file, '..'), { recursive: true });
      writeFileSync(join(root, file), '');
    }
    return installerOfHost(root);
  };
  t.is(show(), null);
  t.is(show('/etc/NIXOS'), 'nixos');
  t.is(show('/usr/local/bin/k3s'), 'k3s');
  t.is(show('/etc/kubernetes/manifests/kube-apiserver.yaml'), 'kubeadm');
  t.is(show('/etc/NIXOS', '/etc/kubernetes/manifests/x'), 'nixos');
});
