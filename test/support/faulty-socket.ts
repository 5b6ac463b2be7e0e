import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

/** A unix socket in front of HAProxy's that makes faults on demand. */
export interface FaultySocket {
  readonly path: string;
  /** The fault in what is exchanged from now on. */
  fault: Fault;
  /** What was sent to HAProxy so far, one text for each connection. */
  readonly sent: () => readonly string[];
}

export type Fault =
  | { readonly kind: 'none' }
  /** Something happens before commands that match reach HAProxy, once. */
  | { readonly kind: 'before'; readonly commands: RegExp; readonly happen: () => Promise<unknown> }
  /** Commands reach HAProxy, and nothing comes back. */
  | { readonly kind: 'silence' }
  /** The connection ends after so many bytes of each reply. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** Commands that match do not reach HAProxy, and are answered like this. */
  | { readonly kind: 'refuse'; readonly commands: RegExp; readonly reply: string }
  /** The reply to a command that matches is another one. */
  | { readonly kind: 'reply'; readonly to: RegExp; readonly edit: (reply: string) => string | Promise<string> }
  /** Only so many commands that match reach HAProxy; after that nothing does, and nothing comes back. */
  | { readonly kind: 'stop'; readonly after: number; readonly of: RegExp };

/** Opens the socket, which closes with the test. */
export async function faultySocket(t: ExecutionContext, path: string, target: string): Promise<FaultySocket> {
  const sent: string[] = [];
  const open = new Set<Socket>();
  let delivered = 0;
  const faulty: FaultySocket = { path, fault: { kind: 'none' }, sent: () => sent };

  async function exchange(client: Socket): Promise<void> {
    let commands = '';
    client.setEncoding('utf8').on('data', (chunk: string) => (commands += chunk));
    await once(client, 'end');
    sent.push(commands);
    if (faulty.fault.kind === 'refuse' && faulty.fault.commands.test(commands)) {
      client.end(faulty.fault.reply);
      return;
    }
    if (faulty.fault.kind === 'before' && faulty.fault.commands.test(commands)) {
      const { happen } = faulty.fault;
      faulty.fault = { kind: 'none' };
      await happen();
    }
    const passed = allowed(commands);
    if (passed !== commands) {
      await ask(passed);
      return;
    }
    const reply = await ask(commands);
    const { fault } = faulty;
    if (fault.kind === 'silence') return;
    const edited = fault.kind === 'reply' && fault.to.test(commands) ? await fault.edit(reply) : reply;
    if (fault.kind === 'cut') client.end(edited.slice(0, fault.bytes));
    else client.end(edited);
  }

  function allowed(commands: string): string {
    const { fault } = faulty;
    if (fault.kind !== 'stop') return commands;
    const passed: string[] = [];
    for (const command of commands.trimEnd().split(';')) {
      if (fault.of.test(command) && delivered++ >= fault.after) return passed.join(';');
      passed.push(command);
    }
    return commands;
  }

  async function ask(commands: string): Promise<string> {
    if (commands === '') return '';
    const socket = connect({ path: target, allowHalfOpen: true });
    let reply = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (reply += chunk));
    socket.end(commands.endsWith('\n') ? commands : `${commands}\n`);
    await once(socket, 'close');
    return reply;
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    open.add(client);
    client.on('close', () => open.delete(client)).on('error', () => client.destroy());
    void exchange(client).catch(() => client.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  t.teardown(async () => {
    for (const client of open) client.destroy();
    server.close();
    await rm(path, { force: true });
  });
  return faulty;
}
