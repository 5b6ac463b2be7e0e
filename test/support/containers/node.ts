import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { folderOf } from '../folder.ts';
import { type Place, placeOf } from '../machines/network.ts';

/** A node of a cluster: a network namespace where all addresses of 10.1.0.0/16 are pods, and 127.0.0.1:6443 is the API server at `port` here. */
export async function startNode(t: ExecutionContext, port: number): Promise<Place> {
  const path = join(folderOf(t), 'api.sock');
  const relay = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.on('error', () => upstream.destroy()).pipe(upstream);
    upstream.on('error', () => client.destroy()).pipe(client);
  });
  await once(relay.listen(path), 'listening');
  const program = ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('node-network.ts', import.meta.url)), path];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', process.execPath, ...program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  t.teardown(async () => {
    child.kill('SIGKILL');
    relay.close();
    await ended;
  });
  await once(child.stdout, 'data').catch(() => {});
  const place = placeOf(child.pid ?? 0);
  place.ip(`link set lo up
    route add local 10.0.0.0/24 dev lo
    route add local 10.1.0.0/16 dev lo`);
  return place;
}
