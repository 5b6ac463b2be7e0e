import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Ports below the range from which Linux gives ports to outgoing connections and to those who ask for port 0
 * (ip(7), ip_local_port_range: 32768 and up): between the moment a port is found free here and the moment HAProxy binds it,
 * a connection of some other test would take one of that range now and then.
 */
const lowest = 20_000;
const highest = 32_000;

/** What keeps other processes of ours from the ports that this one was given, until it ends. */
const kept = new Set<Server>();

/**
 * Ports of `host` that were free a moment ago, for a program that cannot be asked to take port 0. None is given twice, in no process
 * that asks here: with SO_REUSEPORT two HAProxies could share it.
 */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries++) {
      const port = lowest + Math.floor(Math.random() * (highest - lowest));
      const server = (await keep(port)) ? await hold(host, port) : null;
      if (server !== null) held.set(port, server);
      else if (tries > 1000) throw new Error(`no free port on ${host} between ${lowest} and ${highest}`);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map((server) => new Promise((done) => server.close(done))));
  }
}

/** A port of `host` that was free a moment ago. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const [port = 0] = await freePorts(1, host);
  return port;
}

/**
 * Takes a port out of the game: by a name in Linux's abstract namespace of sockets (unix(7)), which the kernel takes back when the
 * process ends. False when it is out already; where there is no such namespace, nobody is asked.
 */
async function keep(port: number): Promise<boolean> {
  const server = createServer((socket) => socket.destroy()).listen({ path: `\0podfront-port-${port}`, exclusive: true });
  try {
    await once(server, 'listening');
    kept.add(server.unref());
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE';
  }
}

/** Listens on a port; null when it is taken. */
async function hold(host: string, port: number): Promise<Server | null> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw error;
  }
}
