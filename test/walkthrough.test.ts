import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { eventually } from './daemon/frontend.ts';
import { blocks, page } from './docs/pages.ts';
import { type FrontendVm, frontendVm, type Going } from './frontend-vm.ts';
import { needs } from './needs.ts';

/** One after the other, each builds on what the one before left: this is a walk. */
const walk = needs('root', 'netns', 'ip', 'haproxy', 'curl');

walk("The README's steps, typed as they stand, lead from an empty VM to traffic that the doctor finds well", async (t) => {
  const vm = await frontendVm(t);
  await vm.order({ kind: 'pods', count: 3 });
  const { watching } = await follow(t, vm);
  t.is(await watching.stop(), 0);
});

/** Does what the README says under "From nothing to traffic", in its order. */
async function follow(t: ExecutionContext, vm: FrontendVm): Promise<{ readonly watching: Going }> {
  const section = page('README.md').split('\n## From nothing to traffic\n')[1]?.split('\n## ')[0] ?? '';
  let watching: Going | null = null;
  const done: string[] = [];
  for (const { language, lines } of blocks(section)) {
    if (language === 'yaml') writeFileSync(join(vm.folder, 'podfront.yaml'), `${lines.join('\n')}\n`);
    for (const line of language === 'sh' ? lines : []) {
      const command = line.replace(/\s+#.*$/, '');
      done.push(command);
      if (command === 'podfront watch') {
        const started = vm.start(command);
        watching = started;
        await eventually('the daemon is at work', async () => (await vm.run('podfront status')).status === 0);
        continue;
      }
      const place = command.startsWith('curl ') ? vm.client : vm.run;
      const { status, stdout, stderr } = await place(command);
      t.is(status, 0, `${command}\n${stdout}${stderr}`);
      if (command.startsWith('podfront check-networks')) vm.routes();
      if (command.startsWith('curl ')) t.regex(stdout, /^pod 10\.1\.1\.[123]\n$/);
    }
  }
  t.deepEqual(
    done.map((command) => command.split(' ').slice(0, 2).join(' ')),
    [
      ...['podfront check-networks', 'podfront init', 'podfront resolve', 'podfront render', 'haproxy -W'],
      ...['curl http://198.51.100.2/', 'podfront watch', 'podfront status', 'podfront doctor'],
    ],
  );
  if (watching === null) throw new Error('the README starts no daemon');
  return { watching };
}
