import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { sharedName } from './certificate-authority.ts';
import { adminToken, kubeconfigText, startControlPlane } from './control-plane.ts';
import { slice, slicePath } from './objects.ts';
import { ready } from './samples.ts';
import { watchedFrom } from './watched.ts';

/*
 * What networks do to a watch, run as a process in a network namespace of its own, whose /etc/hosts has the shared name of two API servers.
 * What was seen is one line of JSON on standard output.
 */

// Packets are dropped here: elsewhere this ends.
if (Object.keys(networkInterfaces()).some((name) => name !== 'lo')) throw new Error('this is no namespace of its own');

const plane = await startControlPlane({ controllers: false });
const { ok, port } = plane;
await ok('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
await ok('POST', slicePath('default'), slice('web', 'web-1', [ready('10.1.0.1')]));
const pods = (address: string) => ok('PATCH', slicePath('default', 'web-1'), { endpoints: [ready(address)] });
await plane.otherApiServer.start();

const folder = join(plane.folder, 'podfront');
mkdirSync(folder);
const kubeconfig = kubeconfigText(`https://${sharedName}:${port}`, plane.authority, { token: adminToken });
const it = watchedFrom(folder, kubeconfig, '{web: {podPort: 8080}}');
await it.has('web', ['10.1.0.1']);

// One of the two is killed, then the other: the watch goes on with whichever is there.
await plane.otherApiServer.kill();
await pods('10.1.0.2');
await it.has('web', ['10.1.0.2']);
await plane.otherApiServer.start();
await plane.apiServer.kill();
await plane.apiServer.start();
await plane.otherApiServer.kill();
await pods('10.1.0.3');
await it.has('web', ['10.1.0.3']);

// One takes connections and says nothing.
await plane.otherApiServer.start();
plane.otherApiServer.pause();
await plane.apiServer.kill();
await plane.apiServer.start();
await pods('10.1.0.4');
await it.has('web', ['10.1.0.4']);
plane.otherApiServer.resume();
await plane.otherApiServer.kill();
await it.recovers('web');

// The network is cut: packets to and from the server are lost, and nobody says so.
// npm puts another program of that name on PATH.
const tables = (...words: readonly string[]) => execFileSync('/usr/sbin/nft', words);
tables('add', 'table', 'ip', 'cut');
tables('add', 'chain', 'ip', 'cut', 'input', '{ type filter hook input priority 0; }');
await it.recovers('web');
const cutAt = Date.now();
for (const end of ['sport', 'dport']) tables('add', 'rule', 'ip', 'cut', 'input', 'tcp', end, String(port), 'drop');
await it.fails('web', 'api.silent', 'api.unreachable');
const noticed = Date.now() - cutAt;
const kept = it.addresses('web');
tables('delete', 'table', 'ip', 'cut');
await it.recovers('web');
await pods('10.1.0.5');
await it.has('web', ['10.1.0.5']);
const lost = it.reports.filter(({ state }) => state === 'empty').length;
await it.close();
await plane.close();
console.log(JSON.stringify({ noticed, kept, lost }));
