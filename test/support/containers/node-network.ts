import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

// The surroundings of a pod, as a process in the network namespace of a node: a web server at every pod address, and the API server, whose own
// namespace is another one: argv[2] is the unix socket that leads there. Says that it is ready, and ends with its stdin.

createHttpServer((request, response) => void response.end(`pod ${request.socket.localAddress}\n`)).listen(8080, '0.0.0.0', () => {
  createServer((client) => {
    const upstream = connect(process.argv[2] ?? '');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      pipeline(from, to, () => {});
  }).listen(6443, '127.0.0.1', () => process.stdout.write('ready\n'));
});
process.stdin.resume().once('end', () => process.exit());
