import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';

/*
 * All pods of a node, run as a process inside its network namespace: answers each request with the address of the pod that it was sent to.
 * Ends with its parent.
 */
if (Object.keys(networkInterfaces()).some((name) => name !== 'lo' && name !== 'eth0')) throw new Error('this is no namespace of a node');

const pods = createServer(({ socket }, response) => {
  response.setHeader('content-type', 'text/plain').end(`pod ${socket.localAddress?.replace('::ffff:', '')}\n`);
});
pods.listen(8080, '0.0.0.0', () => process.send?.('ready'));
process.once('disconnect', () => process.exit());
