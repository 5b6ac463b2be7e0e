import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import type { RuntimeListen } from '../../../src/haproxy/file/runtime-listens.ts';
import { patchServers } from '../../../src/haproxy/process/runtime-update.ts';
import type { ServerAction } from '../../../src/haproxy/slots/server-actions.ts';
import { tempFolder } from '../../support/haproxy.ts';

interface Recording {
  readonly recorded: string;
  readonly exchanges: readonly { readonly outcome: string; readonly commands: string; readonly reply: string }[];
}

const folder = new URL('../../../fixtures/wire/haproxy/', import.meta.url);
const header =
  '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port\n';
const state = (admin: number) => `${header}2 web 1 a 127.0.0.1 2 ${admin} 1 1 0 1 0 0 6 0 0 0 - 1\n\n`;

const actions: readonly (readonly [ServerAction, string, string])[] = [
  [{ kind: 'add', server: 'a', address: '127.0.0.1:1', unobserved: false }, 'check', state(0)],
  [{ kind: 'add', server: 'a', address: '127.0.0.1:1', unobserved: false }, 'check', state(0)],
  [{ kind: 'add', server: 'b', address: '127.0.0.1:1', unobserved: false }, 'frobnicate', state(0)],
  [{ kind: 'drain', server: 'a' }, 'check', state(8)],
  [{ kind: 'ready', server: 'a' }, 'check', state(0)],
  [{ kind: 'drain', server: 'none' }, 'check', state(0)],
  [{ kind: 'remove', server: 'a', address: '127.0.0.1:1', close: false }, 'check', `${header}\n`],
];

for (const name of readdirSync(folder)) {
  const { recorded, exchanges } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recording;
  test(`recorded replies of ${recorded.split(':')[0]} are distinguished`, async (t) => {
    const path = join(await tempFolder(t), 'haproxy.sock');
    for (const [i, [action, options, servers]] of actions.entries()) {
      const exchange = exchanges[i];
      const said: string[] = [];
      const server = createServer({ allowHalfOpen: true }, async (socket) => {
        let text = '';
        socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        await once(socket, 'end');
        said.push(text.trimEnd());
        socket.end(said.length === 1 ? (exchange?.reply ?? '') : servers);
      });
      server.listen(path);
      await once(server, 'listening');
      const web: RuntimeListen = { options, weight: 1, others: new Set(), servers: [] };
      const outcome = await patchServers(
        { path, prefix: '' },
        new Map([['web', { listen: web, actions: [action] }]]),
        new AbortController().signal,
      );
      server.close();
      await once(server, 'close');
      t.is(String(outcome.kind), exchange?.outcome ?? '', exchange?.commands);
      t.is(said[0]?.replace('check;enable health web/b', 'check'), exchange?.commands.replace(';enable health web/b', '') ?? '');
    }
  });
}
