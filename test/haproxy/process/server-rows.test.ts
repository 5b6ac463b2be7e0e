import test from 'ava';
import { readServerRows, runningServer } from '../../../src/haproxy/process/server-rows.ts';

const header = '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_port\n';
const row = (name: string, address: string, admin: number) => `4 web 1 ${name} ${address} 2 ${admin} 100 8080\n`;

test('rows are read by the names of their columns, from one reply or several', (t) => {
  const rows = readServerRows(`${header}${row('a', '127.0.0.5', 0)}\n${header}${row('b', '-', 32)}\n`);
  t.deepEqual(rows, [
    { backend: 'web', name: 'a', address: '127.0.0.5', port: 8080, operation: 2, admin: 0, weight: 100 },
    { backend: 'web', name: 'b', address: null, port: 8080, operation: 2, admin: 32, weight: 100 },
  ]);
  t.deepEqual(readServerRows(header), []);
});

test('a text that is not a reply to show servers state is refused as a whole', (t) => {
  for (const text of [
    '',
    'Permission denied\n',
    row('a', '127.0.0.5', 0),
    header.replace(' srv_port', ''),
    `${header}4 web 1 a 127.0.0.5 2 0 100\n`,
    `${header}4 web 1 a 127.0.0.5 2 x 100 8080\n`,
    `${header}4 web 1 a 127.0.0.5 2 0 100 -8080\n`,
    `${header}${' '.repeat(1 << 20)}\n`,
  ])
    t.is(readServerRows(text), null, text);
});

test('a server is in maintenance, drained or ready, whoever has set that, and a name that was set says nothing', (t) => {
  const state = (admin: number) => (readServerRows(header + row('a', 'fd00::5', admin)) ?? []).map(runningServer);
  t.deepEqual(state(0), [{ name: 'a', address: '[fd00::5]:8080', state: 'ready' }]);
  for (const [admin, wanted] of [
    [0x01, 'maint'],
    [0x02, 'maint'],
    [0x04, 'maint'],
    [0x20, 'maint'],
    [0x08, 'drain'],
    [0x10, 'drain'],
    [0x09, 'maint'],
    [0x40, 'ready'],
  ] as const)
    t.is(state(admin)[0]?.state, wanted, String(admin));
});
