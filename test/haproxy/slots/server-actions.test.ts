import test from 'ava';
import fc from 'fast-check';
import { type RunningServer, type ServerAction, serverActions, type WantedServer } from '../../../src/haproxy/slots/server-actions.ts';

const running = (text: string): RunningServer => {
  const [name = '', address = '', state = 'ready'] = text.split(' ');
  return { name, address, state: state as RunningServer['state'] };
};
const wanted = (text: string): WantedServer => {
  const [name = '', address = '', draining] = text.split(' ');
  return { name, address, draining: draining === 'draining', unobserved: draining === 'unobserved' };
};
const shown = (action: ServerAction) =>
  `${action.kind} ${action.server}${action.kind === 'add' ? ` ${action.address}${action.unobserved ? ' unobserved' : ''}` : ''}${action.kind === 'remove' && action.close ? ' close' : ''}`;

const table: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  ['the same pods', ['a 1:80'], ['a 1:80'], []],
  ['a new pod comes before one that goes', ['b 2:80'], ['a 1:80'], ['add b 2:80', 'remove a']],
  ['one that errors do not mark down', ['b 2:80 unobserved'], ['a 1:80'], ['add b 2:80 unobserved', 'remove a']],
  ['a pod that drains', ['a 1:80 draining', 'b 2:80'], ['a 1:80', 'b 2:80'], ['drain a']],
  ['one that drains and is not there has no connections', ['a 1:80 draining'], [], []],
  ['one that is used again', ['a 1:80'], ['a 1:80 drain'], ['ready a']],
  ['one that left and came back', ['a 1:80'], ['a 1:80 maint'], ['ready a']],
  ['another port is another server', ['a 1:81'], ['a 1:80'], ['add a_2 1:81', 'remove a']],
  ['another pod on the address of one that left', ['b 1:80'], ['a 1:80 maint'], ['add b 1:80', 'remove a']],
  ['a pod under the name of its predecessor, twice', ['a 3:80'], ['a 1:80 maint', 'a_2 2:80'], ['add a_3 3:80', 'remove a', 'remove a_2']],
  ['and it stays under that name', ['a 2:80'], ['a_2 2:80'], []],
];

for (const [what, want, have, actions] of table) {
  test(what, (t) => t.deepEqual(serverActions(want.map(wanted), have.map(running), new Set()).map(shown), actions));
}

test('a server whose connections have had their time is closed', (t) => {
  t.deepEqual(serverActions([], [running('a 1:80 maint')], new Set(['a'])).map(shown), ['remove a close']);
});

test('whatever HAProxy has, carrying the actions out gives it exactly the pods that are wanted, and never a name twice', (t) => {
  const name = fc.constantFrom('a', 'b', 'c');
  const address = fc.constantFrom('1:80', '2:80', '3:80');
  const want = fc.uniqueArray(fc.record({ name, address, draining: fc.boolean(), unobserved: fc.boolean() }), {
    selector: (one) => one.name,
  });
  const state = fc.constantFrom('ready', 'drain', 'maint');
  const have = fc.uniqueArray(fc.record({ name, address, state }), { selector: (one) => one.name });
  fc.assert(
    fc.property(want, have, (wantedServers, runningServers) => {
      const after = new Map<string, RunningServer>(runningServers.map((server) => [server.name, server as RunningServer]));
      for (const action of serverActions(wantedServers, runningServers as RunningServer[], new Set())) {
        const before = after.get(action.server);
        if (action.kind === 'add') {
          t.is(before, undefined);
          after.set(action.server, { name: action.server, address: action.address, state: 'ready' });
        } else if (action.kind === 'remove') after.delete(action.server);
        else after.set(action.server, { ...(before as RunningServer), state: action.kind });
      }
      const taking = (draining: boolean) =>
        wantedServers
          .filter((one) => one.draining === draining)
          .map((one) => one.address)
          .sort();
      const found = (of: string) =>
        [...after.values()]
          .filter((one) => one.state === of)
          .map((one) => one.address)
          .sort();
      t.deepEqual(found('ready'), taking(false));
      t.true(found('drain').every((one) => taking(true).some((other) => other === one)));
    }),
  );
});
