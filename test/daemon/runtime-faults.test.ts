import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type FaultySocket, faultySocket } from '../support/faulty-socket.ts';
import { needs } from '../support/needs.ts';
import { type RuntimeFrontend, type RuntimeOptions, runtimeFrontend } from '../support/runtime-frontend.ts';

const withHaproxy = needs('haproxy');

/** A frontend with one pod, where podfront reaches HAProxy through a socket that makes faults. */
async function faultyFrontend(
  t: ExecutionContext,
  options: RuntimeOptions = {},
): Promise<{ front: RuntimeFrontend; socket: FaultySocket }> {
  const front = await runtimeFrontend(t, options);
  const socket = await faultySocket(t, join(front.folder, 'faulty.sock'), join(front.folder, 'master.sock'));
  await front.pods.start(front.address(2), front.address(3));
  return { front, socket };
}

const through = (socket: FaultySocket) => ({ reload: { kind: 'master', socket: socket.path } }) as const;

const refusals: readonly (readonly [string, string])[] = [
  ['does not know an option', "unknown keyword 'observe'.\n\nadmin\n\n"],
  ['says something that nobody knows', 'Frobnicated.\n\nadmin\n\n'],
];

for (const [what, reply] of refusals) {
  withHaproxy(`where HAProxy ${what}, a reload brings the pods`, async (t) => {
    const { front, socket } = await faultyFrontend(t);
    front.watch(through(socket));
    front.observe(`web-a ${front.address(1)}`);
    await front.startHaproxy();
    await front.until(() => front.status()?.haproxy.current === true, 'podfront knows HAProxy');
    socket.fault = { kind: 'refuse', commands: /add server/, reply };
    front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`);
    await front.until(() => front.status()?.reloads === 1, 'HAProxy was reloaded');
    await front.has(`web-a ${front.address(1)} ready`, `web-b ${front.address(2)} ready`);
    await front.until(
      () => /HAProxy did not add server web\/web-b at run time: (?:unknown keyword|Frobnicated)/.test(front.log()),
      'it is logged',
    );
    t.is(front.status()?.refused[0]?.problem.code, 'runtime.refused');
    const pods = [`web-a ${front.address(1)}`, `web-b ${front.address(2)}`, `web-c ${front.address(3)}`];
    socket.fault = { kind: 'none' };
    front.observe(...pods);
    await front.has(...pods.map((pod) => `${pod} ready`));
    await front.until(() => front.status()?.reloads === 2, 'the listen is not tried again, it is reloaded');
  });
}

withHaproxy('what HAProxy accepts and does not do is seen, and done', async (t) => {
  const { front, socket } = await faultyFrontend(t);
  front.watch(through(socket));
  front.observe(`web-a ${front.address(1)}`);
  const haproxy = await front.startHaproxy();
  await front.until(() => front.status()?.haproxy.current === true, 'podfront knows HAProxy');
  const undone = async (reply: string) => {
    await haproxy.tell('set server web/web-b state maint');
    return reply;
  };
  socket.fault = { kind: 'reply', to: /add server/, edit: undone };
  front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`);
  await front.has(`web-a ${front.address(1)} ready`, `web-b ${front.address(2)} ready`);
  await front.until(() => /changed servers at run time: listen web: 1 enabled/.test(front.log()), 'it was enabled once more');
  t.is(front.status()?.reloads, 0);
});

withHaproxy('replies that are cut, and then silence: nothing is lost, and it goes on when HAProxy answers again', async (t) => {
  const { front, socket } = await faultyFrontend(t);
  front.watch(through(socket));
  front.observe(`web-a ${front.address(1)}`);
  const haproxy = await front.startHaproxy();
  await front.until(() => front.status()?.haproxy.current === true, 'podfront knows HAProxy');
  for (const fault of [{ kind: 'cut', bytes: 10 }, { kind: 'silence' }] as const) {
    socket.fault = fault;
    const before = socket.sent().length;
    front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`);
    await front.until(() => socket.sent().length > before + 2, 'podfront asked again');
    t.true((await front.servers()).includes(`web-a ${front.address(1)} ready`), 'no pod is lost');
    socket.fault = { kind: 'none' };
    await front.has(`web-a ${front.address(1)} ready`, `web-b ${front.address(2)} ready`);
    front.observe(`web-a ${front.address(1)}`);
    await front.has(`web-a ${front.address(1)} ready`);
  }
  t.is((await haproxy.processes()).workers.length, 1);
});

// HAProxy sees of a podfront that is killed that commands end after one of them.
for (let after = 0; after <= 12; after++) {
  withHaproxy(`podfront is killed after ${after} commands of a change: the next one finishes it`, async (t) => {
    const { front, socket } = await faultyFrontend(t, { listen: { mode: 'tcp' } });
    const stop = front.watch(through(socket));
    front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`);
    await front.startHaproxy();
    await front.until(() => front.status()?.haproxy.current === true, 'podfront knows HAProxy');
    socket.fault = { kind: 'stop', after, of: /^(?:@!\d+ )?(?:add|enable|set|del|show cli level)/ };
    front.observe(`web-b ${front.address(2)} draining`, `web-c ${front.address(3)}`, `web-d ${front.address(1)}`);
    await front.until(() => socket.sent().some((text) => text.includes('add server')), 'the change has begun');
    const stopped = stop();
    const survivors = await front.servers();
    t.true(
      survivors.some((server) => server.endsWith('ready')),
      survivors.join(),
    );
    await stopped;
    front.watch();
    await front.has(`web-b ${front.address(2)} drain`, `web-c ${front.address(3)} ready`, `web-d ${front.address(1)} ready`);
    await front.until(async () => (await front.text()).includes('server web-d'), 'the file follows');
    t.is(front.status()?.reloads, 0);
  });
}

withHaproxy('over a stats socket of level admin pods come and go without a reload', async (t) => {
  const front = await runtimeFrontend(t, {
    haproxy: (folder) => ({ reload: { kind: 'pidfile', file: join(folder, 'haproxy.pid') }, socket: join(folder, 'own.sock') }),
  });
  front.watch();
  front.observe();
  await front.startHaproxy();
  t.regex(await front.text(), /own\.sock mode 600 level admin/);
  front.observe(`web-a ${front.address(1)}`);
  await front.has(`web-a ${front.address(1)} ready`);
  t.is(front.status()?.reloads, 0);
});

withHaproxy('over a stats socket of level user, and with a static balance algorithm, pods come and go by reloads, paced', async (t) => {
  const level = await runtimeFrontend(t, {
    haproxy: (folder) => ({
      ...{ reload: { kind: 'pidfile', file: join(folder, 'haproxy.pid') }, socket: join(folder, 'own.sock') },
      global: [`stats socket ${join(folder, 'own.sock')} mode 600 level user`],
      layout: 'full',
    }),
  });
  level.watch();
  level.observe();
  await level.startHaproxy();
  level.observe(`web-a ${level.address(1)}`);
  await level.has(`web-a ${level.address(1)} ready`);
  await level.until(() => level.status()?.reloads === 1, 'HAProxy was reloaded');
  const said = /servers cannot be changed at run time over \S+, which has the level user/;
  await level.until(() => said.test(level.log()), 'it is logged');

  const fixed = await runtimeFrontend(t, { listen: { balance: 'source' } });
  fixed.watch();
  fixed.observe();
  await fixed.startHaproxy();
  t.regex(await fixed.text(), /# pods by reload: balance source takes no servers at run time without hash-type consistent/);
  fixed.observe(`web-a ${fixed.address(1)}`);
  await fixed.has(`web-a ${fixed.address(1)} ready`);
  await fixed.until(() => fixed.status()?.reloads === 1, 'HAProxy was reloaded');
});
