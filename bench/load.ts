import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A closed loop of requests, each on a connection of its own. */
export interface Load {
  readonly requests: () => number;
  /** What failed, in words, with the time in seconds since the start. */
  readonly failures: () => readonly string[];
  readonly stop: () => Promise<void>;
}

const limit = 10_000;

/**
 * `clients` loops that send GET after GET to the ports, one after the other, and count every answer but 200 as a failure.
 * @param pause milliseconds between two requests of a loop
 */
export function startLoad(ports: readonly number[], clients: number, pause = 0): Load {
  const began = performance.now();
  let [going, requests] = [true, 0];
  const failures: string[] = [];
  const loops = Array.from({ length: clients }, async (_, client) => {
    for (let n = client; going; n++) {
      const port = ports[n % ports.length] ?? 0;
      const answer = await get(port);
      requests++;
      if (pause > 0) await sleep(pause);
      if (!/^HTTP\/1\.1 200 /.test(answer))
        failures.push(`${((performance.now() - began) / 1000).toFixed(2)} s, port ${port}: ${answer.split('\r\n')[0]}`);
    }
  });
  return {
    requests: () => requests,
    failures: () => failures,
    stop: async () => {
      going = false;
      await Promise.all(loops);
    },
  };
}

function get(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: string) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .setTimeout(limit, () => end(`timeout after ${text.length} bytes`))
      .setEncoding('latin1')
      .once('connect', () => socket.write('GET / HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n'))
      .on('data', (chunk: string) => (text += chunk))
      .once('error', (error: NodeJS.ErrnoException) => end(`${error.code} after ${text.length} bytes`))
      .once('end', () => end(text === '' ? 'closed without an answer' : text));
  });
}
