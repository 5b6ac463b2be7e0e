import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps the server open for new connections: beyond `max` the oldest connection without a request is closed for a new one, so
 * that idle connections cannot keep anybody out. Where all of them have a request, the new one is closed.
 */
export function limitConnections(server: Server, max: number): void {
  // A set keeps the order of insertion: the oldest connection comes first.
  const open = new Set<Socket>();
  const busy = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      busy.delete(socket);
    });
    if (open.size <= max) return;
    const idle = [...open].find((one) => !busy.has(one)) ?? socket;
    open.delete(idle);
    idle.destroy();
  });
  server.on('request', ({ socket }, response) => {
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
  });
}
