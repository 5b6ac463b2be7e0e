import { cpSync, existsSync, readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { blocks, page } from '../../support/docs/pages.ts';
import { bringPackage, releases } from '../../support/machines/debian.ts';
import { type FrontendVm, frontendVm } from '../../support/machines/frontend-vm.ts';
import { machineTest } from '../../support/machines/kernel.ts';
import { get } from '../../support/machines/network.ts';

const { provideFirstRelease } = (await import(new URL('../../../scripts/previous-release.mjs', import.meta.url).href)) as {
  readonly provideFirstRelease: () => string;
};

// The life of the Debian package in booted machines: installed, upgraded, downgraded, removed and purged, under requests.

const url = 'http://198.51.100.2:443/';
const status = 'podfront --config /etc/podfront/podfront.yaml status';

/** Sends one request after the other while something happens, and returns how many were answered; none may fail. */
async function underRequests(t: ExecutionContext, { outside }: FrontendVm, work: () => Promise<unknown>): Promise<void> {
  let working = true;
  let answered = 0;
  const clients = (async () => {
    for (; working || answered < 20; answered++) t.regex(await get(outside, url), /^pod 10\.1\.3\.\d$/);
  })();
  await work().finally(() => {
    working = false;
  });
  await clients;
}

for (const [name, root] of Object.entries(releases)) {
  machineTest(`${name}: the package is installed, upgraded, downgraded, removed and purged, and no request fails`, async (t) => {
    t.timeout(600_000);
    const vm = await frontendVm(t, root());
    const { machine } = vm;
    const pid = (unit: string) => machine.must(`systemctl show ${unit} --property=MainPID --value`);
    const file = () => readFileSync(machine.path('/var/lib/podfront/haproxy/podfront.cfg'), 'utf8');

    const installed = await machine.must('apt-get install /root/podfront_*.deb');
    t.notRegex(installed, /error|warning: /i);
    t.regex((await machine.run('systemctl is-enabled podfront; systemctl is-active podfront')).said, /^disabled\ninactive\n$/);
    t.is(await machine.must('id -un podfront && stat --format %U:%G:%a /var/lib/podfront/haproxy'), 'podfront\npodfront:podfront:750\n');
    t.regex(await machine.must('podfront --version --json'), /"node":"24\.21\.0"/);
    await machine.must(`cp -r /usr/share/podfront/haproxy.service.d /etc/systemd/system/
    systemctl enable podfront && systemctl restart haproxy podfront`);
    t.regex(await get(vm.outside, url), /^pod/);
    t.regex(await machine.must(status), /failed: 0/);

    const [haproxy, before, written] = [await pid('haproxy'), await pid('podfront'), file()];
    await machine.must('echo "# mine" >>/etc/podfront/podfront.yaml');
    const later = await bringPackage(t, machine, '0.2.1~test');
    await underRequests(t, vm, () => machine.must(`apt-get install ${later}`));
    const upgraded = await pid('podfront');
    t.not(upgraded, before, 'the upgrade restarts podfront');
    await underRequests(t, vm, () => machine.must('apt-get install --yes --allow-downgrades /root/podfront_0.2.0_amd64.deb'));
    t.not(await pid('podfront'), upgraded, 'and so does a downgrade');
    t.is(await machine.must('dpkg-query --show podfront'), 'podfront\t0.2.0\n');
    t.regex(await machine.must('cat /etc/podfront/podfront.yaml'), /# mine\n$/);
    t.is(file(), written);
    t.regex(await machine.must(status), /reloads: 0, failed: 0/);
    t.is(await pid('haproxy'), haproxy, 'HAProxy was left alone');

    await underRequests(t, vm, () => machine.must('apt-get remove --yes podfront'));
    t.regex((await machine.run('systemctl is-active podfront')).said, /^inactive\n/);
    t.false(existsSync(machine.path('/usr/lib/podfront')));
    await machine.must('test -s /etc/podfront/podfront.yaml && systemctl restart haproxy');
    t.regex(await get(vm.outside, url), /^pod/, 'HAProxy starts with the last file');

    await underRequests(t, vm, () => machine.must('apt-get purge --yes podfront'));
    // Tests beside this one give their network namespaces files in /etc/netns (ip-netns(8)), below that of the machine.
    const left = "find /etc /usr /var -xdev -path '*podfront*' -not -path '/var/log/*' -not -path '/etc/netns/*'";
    t.is(await machine.must(left), '', 'nothing is left');
    await machine.must('systemctl restart haproxy');
    await t.throwsAsync(get(vm.outside, url), undefined, 'HAProxy has its own file alone');
  });
}

machineTest('0.1.0, installed with npm and by hand, is replaced by the package as docs/debian.md says, and no request fails', async (t) => {
  t.timeout(600_000);
  const vm = await frontendVm(t);
  const { machine } = vm;
  const node = '/usr/local/lib/node_modules/podfront';
  cpSync(provideFirstRelease(), machine.path(node), { recursive: true });
  cpSync(process.execPath, machine.path('/usr/local/bin/node'));
  // As the page of 0.1.0 said. It had its master's socket elsewhere, in its own configuration and drop-in.
  await machine.must(`ln -s ../lib/node_modules/podfront/dist/main.js /usr/local/bin/podfront
  cd ${node}/examples/systemd
  install -D -m 644 podfront.sysusers /etc/sysusers.d/podfront.conf
  install -D -m 644 podfront.tmpfiles /etc/tmpfiles.d/podfront.conf
  install -D -m 644 podfront.service /etc/systemd/system/podfront.service
  install -D -m 644 haproxy-podfront.conf /etc/systemd/system/haproxy.service.d/podfront.conf
  install -D -m 644 haproxy.cfg /etc/haproxy/haproxy.cfg
  install -D -m 644 podfront.yaml /etc/podfront/podfront.yaml
  systemd-sysusers && systemd-tmpfiles --create
  systemctl daemon-reload && systemctl restart haproxy && systemctl enable --now podfront`);
  const file = () => readFileSync(machine.path('/var/lib/podfront/haproxy/podfront.cfg'), 'utf8');
  const slots = () => [...file().matchAll(/server (pod\d+) .*init-addr (10\.\S+)/g)].map(([, slot, pod]) => `${slot} ${pod}`);
  const [before, configuration] = [slots(), await machine.must('cat /etc/podfront/podfront.yaml')];
  t.is(before.length, 3);
  const steps =
    blocks(page('docs/debian.md')).find(({ lines }) => lines[0]?.startsWith('rm /etc/systemd/system/podfront.service'))?.lines ?? [];
  t.is(steps.length, 5);
  // npm is not in the machine for this Node; what it does is remove the folder and the link.
  const script = steps.join('\n').replace('npm uninstall -g podfront', `rm -r ${node} /usr/local/bin/podfront`);
  await underRequests(t, vm, () => machine.must(`set -e\ncd /root\nyes N | { ${script.replaceAll('\n', ' && ')}; }`));
  t.regex(await machine.must('podfront --version --json'), /"version":"0\.2\.0"/);
  t.regex(await machine.must('systemctl is-enabled podfront && systemctl is-active podfront'), /^enabled\nactive\n$/);
  t.is(await machine.must('cat /etc/podfront/podfront.yaml'), configuration);
  t.regex(await machine.must(status), /reloads: [01], failed: 0/);
  t.deepEqual(slots(), before, 'each pod keeps its slot');
});
