import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { sendCommand } from '../../src/haproxy/process/runtime-api.ts';
import { bringPackage } from '../support/machines/debian.ts';
import { machineTest } from '../support/machines/kernel.ts';
import { bootMachine, type Machine } from '../support/machines/machine.ts';
import { connect, get, type Outside, startOutside, sysctl } from '../support/machines/network.ts';

const example = (name: string) => fileURLToPath(new URL(`../../examples/several-vms/${name}`, import.meta.url));
const read = (name: string) => readFileSync(example(name), 'utf8');
const url = 'http://198.51.100.2:443/';

interface Vm {
  readonly name: 'fe1' | 'fe2';
  readonly address: string;
}

/** Boots one of the two VMs with the files of examples/several-vms, and what they say differs on the second one. */
async function vm(t: ExecutionContext, outside: Outside, { name, address }: Vm): Promise<Machine> {
  const machine = await bootMachine(t);
  connect(machine, 'eth0', outside, name);
  outside.ip(`link set ${name} master lan`);
  machine.ip(`addr add ${address}/24 dev eth0
    route add default via 192.0.2.1`);
  sysctl(machine, example('90-frontend.conf'));
  await machine.must(`apt-get install ${await bringPackage(t, machine)}`);
  const first = name === 'fe1';
  for (const folder of ['/etc/podfront', '/etc/keepalived']) await mkdir(machine.path(folder), { recursive: true });
  const podfront = first ? read('podfront.yaml') : `${read('podfront.yaml').replace('localPeer: fe1', 'localPeer: fe2')}${slower}`;
  await writeFile(machine.path('/etc/podfront/podfront.yaml'), podfront);
  const keepalived = read('keepalived.conf');
  await writeFile(machine.path('/etc/keepalived/keepalived.conf'), first ? keepalived : differing(keepalived));
  await machine.must('podfront render /etc/haproxy/haproxy.cfg && systemctl start haproxy');
  await machine.must('systemd-run --unit podfront-watch --property Type=notify --property NotifyAccess=all podfront watch');
  return machine;
}

/** What README.md gives the second VM, so that the two do not reload at the same moment. */
const slower = `pace: { settle: ${/`(\{[^`]*\})` on the second/.exec(read('README.md'))?.[1]} }\n`;

/** keepalived.conf of the second VM: its first line tells what is to be changed. */
function differing(text: string): string {
  const swapped: Readonly<Record<string, string>> = { '192.0.2.21': '192.0.2.22', '192.0.2.22': '192.0.2.21' };
  return text
    .replace('router_id fe1', 'router_id fe2')
    .replace('priority 100', 'priority 90')
    .replace(/192\.0\.2\.2[12]/g, (address) => swapped[address] ?? address);
}

/** Tries until there is something. */
async function soon<T>(what: string, attempt: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + 30_000; ; await sleep(100)) {
    const seen = await attempt();
    if (seen !== null) return seen;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
  }
}

machineTest(
  'examples/several-vms: the address goes to the other VM when HAProxy or the VM is lost, and clients stay with their pod',
  async (t) => {
    t.timeout(150_000);
    const outside = await startOutside(t);
    outside.ip(`link add lan type bridge
    link set lan up
    addr add 192.0.2.1/24 dev lan
    route add 198.51.100.2/32 dev lan`);
    await outside.tell({ start: { nameserver: '10.0.0.254', scene: read('cluster.yaml') } });
    const [fe1, fe2] = await Promise.all([
      vm(t, outside, { name: 'fe1', address: '192.0.2.21' }),
      vm(t, outside, { name: 'fe2', address: '192.0.2.22' }),
    ]);
    const owns = 'ip -4 -brief address show dev eth0';
    await fe1.must('systemctl start keepalived');
    await fe1.until(owns, /198\.51\.100\.2/);
    await fe2.must('systemctl start keepalived');
    t.notRegex(await fe1.must('journalctl --quiet --unit keepalived'), /unknown keyword/i);

    await outside.tell({ scale: { name: 'ingress', count: 40 } });
    /** When it reloaded HAProxy for the pods that its slots had no room for, in seconds. */
    const reloaded = async (machine: Machine) =>
      Number.parseFloat(await machine.until('journalctl --quiet --unit podfront-watch --output short-unix --grep "reloaded HAProxy"', /./));
    t.true((await reloaded(fe1)) < (await reloaded(fe2)), 'one after the other');

    const answer = await get(outside, url);
    t.regex(answer, /^pod 10\.1\.3\.\d+$/);
    const pod = new RegExp(`\\b${answer.replace('pod ', '')}\\b`);
    // The stats socket of the example shows no entries; the socket of Debian's master does.
    const entry = (machine: Machine) =>
      soon(`the client is in the table of ${machine.pid}`, async () => {
        const reply = await sendCommand(
          machine.path('/run/haproxy-master.sock'),
          '@1 show table ingress',
          5_000,
          new AbortController().signal,
        );
        return reply.ok && reply.text.includes('key=192.0.2.1 ') ? reply.text : null;
      });
    t.regex(await entry(fe2), pod, 'the peer learned it before it was needed');
    t.notRegex(await fe2.must(owns), /198\.51\.100\.2/);

    /** Asks until it is answered again; every answer comes from the same pod. */
    const takenOver = async (by: Machine) => {
      await by.until(owns, /198\.51\.100\.2/);
      for (let good = 0; good < 10; good++) t.is(await soon('an answer', () => get(outside, url).catch(() => null)), answer);
    };

    await fe1.must('systemctl stop haproxy');
    await takenOver(fe2);
    await fe1.until(owns, /^(?!.*198\.51\.100\.2)/s);

    // It comes back, learns the table anew, and leaves the address where it is.
    await fe1.must('systemctl start haproxy');
    t.regex(await entry(fe1), pod);
    await fe1.until('journalctl --quiet --unit keepalived', /Entering BACKUP STATE.*Entering BACKUP STATE/s);
    t.notRegex(await fe1.must(owns), /198\.51\.100\.2/);

    outside.ip('link set fe2 down');
    await takenOver(fe1);
  },
);
