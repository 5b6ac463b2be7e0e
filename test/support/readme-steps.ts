import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { eventually } from './daemon-frontend.ts';
import { blocks, page } from './docs/pages.ts';
import type { FrontendVm } from './frontend-vm.ts';
import type { Going } from './machine-of-namespace.ts';

/** The VM at work; its daemon may be stopped and started. */
export interface Walk extends FrontendVm {
  readonly watch: () => Promise<void>;
  readonly unwatch: () => Promise<void>;
  /** Starts HAProxy as the README does, or with something added behind. */
  readonly haproxy: (added?: string) => Promise<void>;
  /** Writes podfront.yaml as the README has it, or changed. */
  readonly configure: (change?: (yaml: string) => string) => void;
}

/** The VM with HAProxy and the daemon as the README started them. */
export function atWork(vm: FrontendVm, { watching, commands }: Typed): Walk {
  const yaml = readFileSync(join(vm.folder, 'podfront.yaml'), 'utf8');
  const line = commands.find((command) => command.startsWith('haproxy ')) ?? '';
  let daemon = watching;
  return {
    ...vm,
    watch: async () => {
      daemon = vm.start('podfront watch');
    },
    unwatch: async () => void (await daemon.stop()),
    haproxy: async (added = '') => void (await vm.run(`${line}${added}`)),
    configure: (change = (text) => text) => writeFileSync(join(vm.folder, 'podfront.yaml'), change(yaml)),
  };
}

/** The outcomes of the commands of the README, and the daemon that they started. */
export interface Typed {
  readonly commands: readonly string[];
  readonly watching: Going;
}

/** Does what the README says under "From nothing to traffic", in its order. */
export async function follow(t: ExecutionContext, vm: FrontendVm): Promise<Typed> {
  const section = page('README.md').split('\n## From nothing to traffic\n')[1]?.split('\n## ')[0] ?? '';
  const commands: string[] = [];
  let watching: Going | null = null;
  for (const { language, lines } of blocks(section)) {
    if (language === 'yaml') writeFileSync(join(vm.folder, 'podfront.yaml'), `${lines.join('\n')}\n`);
    for (const line of language === 'sh' ? lines : []) {
      const command = line.replace(/\s+#.*$/, '');
      commands.push(command);
      if (command === 'podfront watch') {
        watching = vm.start(command);
        await eventually('the daemon is at work', async () => (await vm.run('podfront status')).status === 0);
        continue;
      }
      const { status, stdout, stderr } = await (command.startsWith('curl ') ? vm.client : vm.run)(command);
      t.is(status, 0, `${command}\n${stdout}${stderr}`);
      if (command.startsWith('curl ')) t.regex(stdout, /^pod 10\.1\.1\.[123]\n$/);
      // "Then have kube-proxy and flannel, or routes by way of the nodes, lead into these networks."
      if (command.startsWith('podfront check-networks')) vm.routes();
    }
  }
  t.deepEqual(
    commands.map((command) => command.split(' ').slice(0, 2).join(' ')),
    [
      ...['podfront check-networks', 'podfront init', 'podfront resolve', 'podfront render', 'haproxy -W'],
      ...['curl http://198.51.100.2/', 'podfront watch', 'podfront status', 'podfront doctor'],
    ],
  );
  if (watching === null) throw new Error('the README starts no daemon');
  return { commands, watching };
}
