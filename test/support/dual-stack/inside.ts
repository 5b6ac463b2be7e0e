// A frontend VM in a network namespace of its own, before a dual-stack Service whose port has a name: real CoreDNS, podfront as it is built,
// and HAProxy. Started with the CoreDNS version and `both` or `ipv4`, the families that the VM reaches; prints what it has seen as JSON.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startHaproxy } from '../../../demo/haproxy.ts';
import { reservePorts } from '../../../demo/ports.ts';
import { hostPort } from '../../../src/ip/address.ts';
import { startApi } from '../coredns/api-double.ts';
import type { Version } from '../coredns/build.ts';
import { startCoreDns } from '../coredns/coredns.ts';

/** What was seen. */
export interface Seen {
  /** The pods that answered, by number. */
  readonly served: readonly number[];
  /** What podfront logged. */
  readonly log: string;
  readonly doctor: readonly { readonly name: string; readonly result: string; readonly seen: string }[];
  readonly text: string;
}

if (Object.keys(networkInterfaces()).some((name) => name !== 'lo')) throw new Error('this is no namespace of its own');
const [version, families] = process.argv.slice(2);
const ip = (...words: readonly string[]) => execFileSync('ip', words);
ip('link', 'set', 'lo', 'up');
ip('route', 'add', 'local', '10.1.0.0/16', 'dev', 'lo', 'src', '127.0.0.1');

const [port = 0, podPort = 0] = await reservePorts(2);
const numbers = Array.from({ length: 18 }, (_, i) => i + 1);
const addressesOf = (n: number) => [`10.1.0.${n}`, `fd00:1::${n}`];
if (families === 'both') for (const n of numbers) ip('address', 'add', `fd00:1::${n}/128`, 'dev', 'lo', 'nodad');
for (const n of numbers)
  for (const address of addressesOf(n).slice(0, families === 'both' ? 2 : 1)) {
    const server = createServer((_request, response) => response.end(String(n)));
    server.listen(podPort, address);
    await once(server, 'listening');
  }
const ports = [{ name: 'http', port: 80, target: podPort }];
const pods = numbers.flatMap(addressesOf).map((address) => ({ address }));
const api = await startApi({
  namespaces: ['default'],
  services: [{ name: 'web', namespace: 'default', clusterIPs: ['None'], ports, pods }],
});
const dns = await startCoreDns(version as Version, api.url, [{ plugins: [] }]);
const folder = mkdtempSync(join(tmpdir(), 'pf-dual-'));
const [config, output] = [join(folder, 'podfront.yaml'), join(folder, 'haproxy.cfg')];
const nameservers = dns.nameservers.map((one) => hostPort(one.address.text, one.port));
writeFileSync(
  config,
  JSON.stringify({
    cluster: { nameservers, serviceNetworks: ['10.0.0.0/24', 'fd00::/112'], podNetworks: ['10.1.0.0/16', 'fd00:1::/64'] },
    haproxy: { output, stats: 'none', reload: { master: join(folder, 'master.sock') } },
    status: join(folder, 'status.sock'),
    listen: { web: { podPort: 'http', mode: 'http', binds: [`127.0.0.1:${port}`] } },
  }),
);
const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const podfront = spawn(process.execPath, [main, '--config', config, 'watch'], { stdio: ['ignore', 'pipe', 'pipe'] });
let log = '';
for (const stream of [podfront.stdout, podfront.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
const text = () => readFileSync(output, { encoding: 'utf8', flag: 'a+' });
await until(() => /init-addr 10\.1\./.test(text()));
const haproxy = await startHaproxy({ folder, files: [output], env: process.env });
const served = new Set<number>();
const resolved = async () => (await haproxy.servers()).filter(({ address }) => address !== null).length === 36;
await until(resolved);
await until(async () => {
  for (let i = 0; i < 36; i++) served.add(await ask());
  return numbers.every((n) => served.has(n));
});
await until(() => log.includes('HAProxy'));
const seen: Seen = {
  served: [...served].filter((n) => n > 0).sort((a, b) => a - b),
  log,
  doctor: JSON.parse(await doctor()).checks,
  text: text(),
};
console.log(JSON.stringify(seen));
podfront.kill('SIGTERM');
await haproxy.stop();
await dns.close();
await api.close();
rmSync(folder, { recursive: true });
process.exit();

/** Waits until it holds; for as long as a busy machine may need. What is not seen by then is for the test to say. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end && !(await holds()); ) await sleep(50);
}

/** The number of the pod that answers a request; 0 where none does. */
function ask(): Promise<number> {
  return new Promise((done) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n')).setEncoding('latin1');
    socket
      .on('data', (chunk: string) => (answer += chunk))
      .on('error', () => done(0))
      .on('close', () => done(Number(/\r\n\r\n(\d+)$/.exec(answer)?.[1] ?? 0)));
  });
}

/** What `doctor` prints, whatever its exit status. */
function doctor(): Promise<string> {
  return new Promise((done) =>
    execFile(process.execPath, [main, '--config', config, 'doctor', '--json'], (_error, stdout) => done(stdout)),
  );
}
