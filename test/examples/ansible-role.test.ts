import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bringPackage, releases } from '../support/machines/debian.ts';
import { frontendVm } from '../support/machines/frontend-vm.ts';
import { machineTest } from '../support/machines/kernel.ts';
import { get } from '../support/machines/network.ts';

const url = 'http://198.51.100.2:443/';
const example = fileURLToPath(new URL('../../examples/ansible', import.meta.url));

for (const [name, root] of Object.entries(releases)) {
  machineTest(
    `${name}: examples/ansible makes a frontend VM, a second play changes nothing, and a newer package is an upgrade`,
    async (t) => {
      t.timeout(600_000);
      const { machine, outside } = await frontendVm(t, root(['ansible-core', 'python3-apt']));
      cpSync(example, machine.path('/root/ansible'), { recursive: true });
      const play = async (...args: readonly string[]) => {
        const words = ['--connection', 'local', '--inventory', 'localhost,', '/root/ansible/here.yaml', ...args].join(' ');
        const said = await machine.must(`cd /root && HOME=/root ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3 ansible-playbook ${words}`);
        return /changed=\d+/.exec(said)?.[0];
      };
      await machine.must("sed 's/hosts: frontends/hosts: localhost/' /root/ansible/frontend.yaml >/root/ansible/here.yaml");
      const of = (file: string) => `--extra-vars podfront_package=${file}`;
      t.not(await play(of('/root/podfront_0.2.0_amd64.deb')), 'changed=0');
      t.regex(await get(outside, url), /^pod 10\.1\.3\.\d$/);
      t.regex(await machine.must('systemctl is-enabled haproxy podfront'), /^enabled\nenabled\n$/);
      t.is(await play(of('/root/podfront_0.2.0_amd64.deb')), 'changed=0');

      // A configuration that podfront refuses is not written.
      const [before, wrong] = [
        await machine.must('cat /etc/podfront/podfront.yaml'),
        `'{"podfront_config": {"listen": {"ingress": {"podPort": 0}}}}'`,
      ];
      await t.throwsAsync(play(of('/root/podfront_0.2.0_amd64.deb'), '--start-at-task', '"Write podfront.yaml"', '--extra-vars', wrong), {
        message: /listen\.ingress\.podPort/,
      });
      t.is(await machine.must('cat /etc/podfront/podfront.yaml'), before);

      const haproxy = await machine.must('systemctl show haproxy --property=MainPID');
      t.not(await play(of(await bringPackage(t, machine, '0.2.1~test'))), 'changed=0');
      t.is(await machine.must('dpkg-query --show podfront'), 'podfront\t0.2.1~test\n');
      t.is(await machine.must('systemctl show haproxy --property=MainPID'), haproxy);
      t.regex(await get(outside, url), /^pod/);
    },
  );
}
