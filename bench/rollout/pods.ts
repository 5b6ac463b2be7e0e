// The pods, in a process of their own: an HTTP server on each address, which answers after 10 ms. Commands come as messages.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** `stop` is how a pod ends well: it accepts nothing any more, and answers what it has. `kill` resets what it has. */
export interface PodsCommand {
  readonly command: 'start' | 'stop' | 'kill';
  readonly addresses: readonly string[];
}

export const podPort = 8080;

const running = new Map<string, { readonly server: Server; readonly sockets: Set<Socket> }>();

async function start(address: string): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => setTimeout(() => response.end(address), 10));
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  server.listen(podPort, address);
  await once(server, 'listening');
  running.set(address, { server, sockets });
}

async function end(address: string, kill: boolean): Promise<void> {
  const pod = running.get(address);
  running.delete(address);
  pod?.server.close();
  if (kill) for (const socket of pod?.sockets ?? []) socket.resetAndDestroy();
}

process.on('message', async ({ command, addresses }: PodsCommand) => {
  await Promise.all(addresses.map((address) => (command === 'start' ? start(address) : end(address, command === 'kill'))));
  process.send?.('done');
});
process.on('disconnect', () => process.exit());
