import { readFile } from 'node:fs/promises';
import type { ExecutionContext } from 'ava';
import { blocks, page } from '../support/docs/pages.ts';
import { releases } from '../support/machines/debian.ts';
import { type FrontendVm, frontendVm } from '../support/machines/frontend-vm.ts';
import { machineTest } from '../support/machines/kernel.ts';
import { get } from '../support/machines/network.ts';

// systemd itself, as process 1 of a Debian made of namespaces, with journald, D-Bus and polkit; and docs/debian.md, word by word.

const podfront = 'podfront --config /etc/podfront/podfront.yaml';
/** Ends with 1 where something is wrong. */
const status = `${podfront} status || true`;
const url = 'http://198.51.100.2:443/';
const limit = 150_000;
/** What process 1 says. */
const manager = 'journalctl --quiet _PID=1';

/** The blocks of docs/debian.md, each by how it begins. */
const steps = blocks(page('docs/debian.md'))
  .filter(({ language }) => language === 'sh')
  .map(({ lines }) => lines.join('\n'));

/** Runs a block, every command of which must end with 0. Pods of the test speak HTTP, those of the page HTTPS. */
async function follow({ machine }: FrontendVm, beginning: string): Promise<string> {
  const block = steps.find((one) => one.startsWith(beginning));
  if (block === undefined) throw new Error(`docs/debian.md has no block that begins with ${beginning}`);
  const here = block
    .replace('curl -k https://198.51.100.2/', `curl --silent --fail ${url}`)
    // The example is what this VM needs.
    .replace(/^editor /m, 'test -s ');
  return machine.must(`set -e\ncd /root\n${here}`);
}

/** From an empty VM to traffic, as the page says. */
async function atWork(t: ExecutionContext, root: string): Promise<FrontendVm> {
  const vm = await frontendVm(t, root);
  await follow(vm, 'apt-get install');
  return vm;
}

/** Waits until podfront's service is as systemd should show it. */
function shown({ machine }: FrontendVm, fits: RegExp): Promise<string> {
  return machine.until('systemctl show podfront --property=ActiveState,StatusText,NRestarts', fits);
}

for (const [name, root] of Object.entries(releases)) {
  machineTest(`docs/debian.md leads from an empty VM with ${name} to traffic, and no check of doctor fails`, async (t) => {
    t.timeout(limit);
    const vm = await frontendVm(t, root());
    const { machine, outside } = vm;
    await follow(vm, 'apt-get install');
    t.regex(await follow(vm, 'podfront check-networks'), /free/);
    t.regex(await follow(vm, 'podfront --config /etc/podfront/podfront.yaml resolve'), /3 pods, 20 slots/);
    const started = await follow(vm, 'systemctl status podfront');
    t.regex(started, /Status: "1 listens, 3 pods"/);
    t.regex(started, /reload permitted: the master socket .* has level operator/);
    t.regex(started, /^\d+ checks: .* 0 fail, /m);
    t.regex(started, /^pod 10\.1\.3\.\d$/m);
    t.regex(await get(outside, url), /^pod 10\.1\.3\.\d$/);

    await outside.tell({ scale: { name: 'ingress', count: 9 } });
    await shown(vm, /StatusText=1 listens, 9 pods/);
    const log = await follow(vm, 'podfront --config /etc/podfront/podfront.yaml status');
    t.regex(log, /reloads: 1, failed: 0/);
    t.regex(log, /podfront\[\d+\]: podfront: reloaded HAProxy, and saw it run the new file/);
    // The journal has the levels of the log. Debian's own haproxy.cfg logs in a way that a TCP listen cannot; HAProxy warns, and that is told once.
    t.regex(
      await machine.must('journalctl --quiet --unit podfront --priority warning'),
      /^.*'option httplog' not usable with proxy 'ingress'.*\n?$/,
    );
    t.regex(await machine.must('systemd-analyze --no-pager security --threshold=25 podfront'), /Overall exposure level .* OK/);
  });

  machineTest(
    `${name}: systemd restarts podfront when it is killed or hangs, and traffic goes on; so it does after a boot without cluster DNS`,
    async (t) => {
      t.timeout(limit);
      const vm = await atWork(t, root());
      const { machine, outside } = vm;
      const file = () => readFile(machine.path('/var/lib/podfront/haproxy/podfront.cfg'), 'utf8');
      const before = await file();

      await machine.must('systemctl kill --signal KILL podfront');
      for (let i = 0; i < 20; i++) t.regex(await get(outside, url), /^pod/);
      await shown(vm, /NRestarts=1\nActiveState=active/);
      t.is(await file(), before);
      t.regex(await machine.must(`${podfront} status`), /reloads: 0, failed: 0/);

      // It keeps the watchdog content, and one that is stopped does not.
      await machine.must(`mkdir -p /run/systemd/system/podfront.service.d
    printf '[Service]\\nWatchdogSec=6s\\n' >/run/systemd/system/podfront.service.d/watchdog.conf
    systemctl daemon-reload
    systemctl restart podfront`);
      const pings = new Set<string>();
      while (pings.size < 5)
        pings.add(await machine.until('systemctl show podfront --property=WatchdogTimestampMonotonic --value', /[1-9]/));
      t.regex(await machine.must('systemctl show podfront --property=NRestarts'), /NRestarts=0/);
      await machine.must('systemctl kill --signal STOP podfront');
      await machine.until('systemctl show podfront --property=NRestarts', /NRestarts=1/);
      t.regex(await machine.must(manager), /podfront\.service: Watchdog timeout/);
      t.regex(await get(outside, url), /^pod/);
      await shown(vm, /ActiveState=active/);

      await machine.must('systemctl log-level debug && systemctl reload podfront');
      await machine.until('systemctl show podfront --property=ActiveState', /=active/);
      await machine.until(manager, /podfront\.service: Got notification message from PID \d+(: | \()RELOADING=1/);
      await machine.must('systemctl log-level info');

      await outside.tell({ fault: 'silent' });
      await machine.must('systemctl stop podfront haproxy && systemctl start haproxy && systemctl start --no-block podfront');
      t.regex(await get(outside, url), /^pod/, 'HAProxy starts with the last known pods');
      t.regex(await machine.must('systemctl show podfront --property=ActiveState'), /=activating/);
      await outside.tell({ fault: 'none' });
      await shown(vm, /ActiveState=active/);

      await machine.must('systemctl stop podfront');
      t.regex(await machine.must('systemctl show podfront --property=Result'), /=success/);
      t.regex(await get(outside, url), /^pod/);
    },
  );

  machineTest(`${name}: HAProxy runs as its own user, and so does what podfront’s account makes it start`, async (t) => {
    t.timeout(limit);
    const { machine, outside } = await atWork(t, root());
    const processes = await machine.must('ps -C haproxy -o user=,pid=');
    t.regex(processes, /^(haproxy +\d+\n){2,}$/, 'the master and its worker');
    for (const [, pid] of processes.matchAll(/(\d+)$/gm)) {
      const status = await machine.must(`cat /proc/${pid}/status`);
      // CAP_NET_BIND_SERVICE is number 10, CAP_SYS_CHROOT number 18 (capabilities(7)).
      for (const set of ['CapEff', 'CapPrm', 'CapBnd']) t.true(status.includes(`${set}:\t0000000000040400\n`), `${set} in ${status}`);
      t.true(status.includes('NoNewPrivs:\t1\n'));
    }
    t.regex(await get(outside, url), /^pod/, 'it could take port 443');

    // Whoever has podfront's account can have HAProxy start programs: not as root.
    const program = 'program mine\n    command /bin/sh -c "id -un >/run/haproxy/whoami; sleep 60"\n';
    await machine.must(`printf '${program}' >/var/lib/podfront/haproxy/zz.cfg`, 'podfront');
    await machine.must('systemctl reload haproxy');
    t.is(await machine.until('cat /run/haproxy/whoami', /./), 'haproxy\n');
  });

  machineTest(
    `${name}: polkit lets podfront reload HAProxy by its rule and do nothing else; without it, watch and doctor name what is missing`,
    async (t) => {
      t.timeout(limit);
      const vm = await atWork(t, root());
      const { machine, outside } = vm;
      const listen = (port: number) =>
        `printf '  on-${port}:\\n    binds: ["198.51.100.2:${port}"]\\n    serviceName: ingress\\n    podPort: 443\\n' >>/etc/podfront/podfront.yaml`;
      const doctor = async (user: string) => (await machine.run(`${podfront} doctor`, user)).said;
      const change = (verb: string, unit = 'haproxy.service') => machine.run(`systemctl --no-ask-password ${verb} ${unit}`, 'podfront');
      const rule = '/usr/share/polkit-1/rules.d/50-podfront.rules';
      // Without the master's socket, as the page says, and first without the rule of the package.
      await machine.must(`mv ${rule} ${rule}.kept
    sed -i 's/reload: .*/reload: { systemd: haproxy.service }/' /etc/podfront/podfront.yaml
    sed -i 's/^Environment="EXTRAOPTS=.*/Environment=EXTRAOPTS=/' /etc/systemd/system/haproxy.service.d/podfront.conf
    echo 'pace: {reloadEvery: 1s}' | cat - /etc/podfront/podfront.yaml >/tmp/new && cat /tmp/new >/etc/podfront/podfront.yaml
    systemctl daemon-reload
    systemctl restart haproxy`);
      const denied = /fail {2}reload permitted: polkit does not let .* reload haproxy\.service\n +remedy: add a polkit rule/;
      t.regex(await doctor('podfront'), denied);
      t.regex(await doctor('root'), denied);
      await machine.must(listen(8443));
      const refused = await machine.until(status, /failed: 1/);
      t.regex(refused, /Interactive authentication required/);
      t.regex(
        await machine.must('journalctl --unit podfront --priority err'),
        /hint="add a polkit rule that lets podfront's user reload haproxy\.service/,
      );
      t.regex(await get(outside, url), /^pod/);
      await t.throwsAsync(get(outside, 'http://198.51.100.2:8443/'));

      await machine.must(`mv ${rule}.kept ${rule}`);
      const allowed = /pass {2}reload permitted: haproxy\.service can be reloaded, and polkit lets/;
      t.regex(await machine.until(`${podfront} doctor || true`, allowed), allowed);
      t.regex(await doctor('podfront'), allowed);
      await machine.must('systemctl reload podfront');
      await machine.until(status, /reloads: 2/);
      t.regex(await get(outside, 'http://198.51.100.2:8443/'), /^pod/);
      await machine.must(listen(8444));
      await machine.until(status, /reloads: 3, failed: 1/);
      t.regex(await get(outside, 'http://198.51.100.2:8444/'), /^pod/);

      t.is((await change('reload')).status, 0);
      for (const [verb, unit] of [['restart'], ['stop'], ['reload', 'dbus.service'], ['restart', 'podfront.service']] as const)
        t.regex((await change(verb, unit)).said, /Interactive authentication required|Access denied/, `${verb} ${unit}`);
    },
  );
}
