import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faultySocket } from '../support/faulty-socket.ts';
import { needs } from '../support/needs.ts';
import { type RuntimeOptions, runtimeFrontend } from '../support/runtime-frontend.ts';

// HAProxy is another one than podfront knows, from the moment on in which podfront sends it a change.

const withHaproxy = needs('haproxy');

/** The socket of HAProxy that podfront's commands go to, and the configuration that makes it so. */
const ways: Readonly<Record<string, { readonly socket: string; readonly options: RuntimeOptions }>> = {
  "the master's socket": { socket: 'master.sock', options: {} },
  'a stats socket': {
    socket: 'own.sock',
    options: {
      haproxy: (folder) => ({ reload: { kind: 'pidfile', file: join(folder, 'haproxy.pid') }, socket: join(folder, 'own.sock') }),
    },
  },
};

for (const [name, { socket: path, options }] of Object.entries(ways)) {
  for (const what of ['restarted', 'reloaded', 'stopped for a while']) {
    withHaproxy(
      `HAProxy is ${what} by somebody else on an older file before a change reaches it over ${name}: it gets the pods`,
      async (t) => {
        const front = await runtimeFrontend(t, options);
        await front.pods.start(front.address(2), front.address(3));
        front.watch();
        front.observe(`web-a ${front.address(1)}`);
        let haproxy = await front.startHaproxy();
        await front.until(() => front.status()?.haproxy.current === true, 'podfront knows HAProxy');
        const old = await front.text();
        front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`);
        await front.until(async () => (await front.text()).includes('server web-b'), 'the file follows');

        // HAProxy makes its socket anew when it is started, not when it is reloaded.
        const [own, moved] = [join(front.folder, path), join(front.folder, 'moved.sock')];
        await rename(own, moved);
        const socket = await faultySocket(t, own, moved);
        socket.fault = {
          kind: 'before',
          commands: /add server/,
          async happen() {
            await writeFile(join(front.folder, 'haproxy.cfg'), old);
            if (what === 'reloaded') return haproxy.reload();
            await haproxy.stop();
            if (what === 'restarted') haproxy = await front.startHaproxy();
            return null;
          },
        };
        front.observe(`web-b ${front.address(2)}`, `web-c ${front.address(3)}`);
        if (what === 'stopped for a while') {
          await front.until(() => front.status()?.haproxy.state === 'absent', 'podfront sees it');
          haproxy = await front.startHaproxy();
        }
        await front.has(`web-b ${front.address(2)} ready`, `web-c ${front.address(3)} ready`);
        await front.until(async () => !(await front.text()).includes('server web-a'), 'the file is right');
        await front.until(() => front.status()?.haproxy.current === true, 'podfront knows HAProxy');
        t.regex(await front.get(), /^pod/);
        t.true((front.status()?.reloads ?? 9) <= 1, 'at most one reload');
      },
    );
  }
}

withHaproxy('a server that somebody added by hand under the name of a pod is removed, and the pod served', async (t) => {
  const front = await runtimeFrontend(t);
  await front.pods.start(front.address(2), front.address(3));
  front.watch();
  front.observe(`web-a ${front.address(1)}`);
  const haproxy = await front.startHaproxy();
  await front.until(() => front.status()?.haproxy.current === true, 'podfront knows HAProxy');
  await haproxy.tell('add server web/web-c 127.0.0.1:1');
  // HAProxy takes the first of these, and refuses the second.
  front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`, `web-c ${front.address(3)}`);
  await front.has(`web-a ${front.address(1)} ready`, `web-b ${front.address(2)} ready`, `web-c_2 ${front.address(3)} ready`);
  t.is(front.status()?.reloads, 0);
});
