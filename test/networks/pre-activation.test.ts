import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const free = ['--no-host', '--network', 'home=192.168.0.0/16'];
const taken = ['--no-host', '--network', 'office=10.0.0.0/16'];

/** A podfront on its own path that compares with nothing of this machine; the rest of the arguments are the gate's. */
function program(folder: string, further: readonly string[] = []): string {
  const file = join(folder, 'podfront');
  const words = [process.execPath, '--import', import.meta.resolve('tsx'), here('../../src/main.ts')].map((word) => `'${word}'`);
  writeFileSync(file, `#!/bin/sh\nexec ${words.join(' ')} "$@" ${further.join(' ')}\n`);
  chmodSync(file, 0o755);
  return file;
}

test('The shell gate runs its command when the networks are free, and shows the report when they are not', (t) => {
  const folder = folderOf(t);
  const gate = (options: readonly string[]) =>
    spawnSync(here('../../examples/shell/check-networks-first.sh'), ['touch', join(folder, 'done')], {
      encoding: 'utf8',
      cwd: folder,
      env: { PATH: process.env.PATH, PODFRONT: program(folder), CHECK_NETWORKS: options.join(' ') },
    });
  const refused = gate(taken);
  t.is(refused.status, 1);
  t.is(refused.stdout, '');
  t.regex(refused.stderr, /10\.0\.0\.0\/16 \(office\) contains the service network/);
  t.regex(refused.stderr, /touch was not run/);
  t.false(existsSync(join(folder, 'done')));
  const unreadable = gate(['--no-host', '--network', 'ten']);
  t.is(unreadable.status, 2, 'what could not be read is no reason to go on');
  t.false(existsSync(join(folder, 'done')));
  t.is(gate(free).status, 0);
  t.true(existsSync(join(folder, 'done')));
});

/** Evaluates the NixOS module with a stand-in for nixpkgs' lib. */
function nix(t: ExecutionContext, host: object, newRelease: boolean): Readonly<Record<string, unknown>> {
  const [module, stub] = [here('../../examples/nixos/network-check.nix'), here('../support/networks/nix-stub.nix')];
  const expression = `import ${stub} { module = ${module}; newRelease = ${newRelease}; host = builtins.fromJSON ${JSON.stringify(JSON.stringify(host)).replaceAll('${', '\\${')}; }`;
  const { status, stdout, stderr } = spawnSync('nix-instantiate', ['--eval', '--strict', '--json', '--expr', expression], {
    encoding: 'utf8',
  });
  t.is(status, 0, stderr);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

function host(command: string, networkCheck: object = {}): object {
  return {
    services: {
      kubernetes: { apiserver: { serviceClusterIpRange: '10.0.0.0/24' }, clusterCidr: '10.1.0.0/16' },
      podfront: { networkCheck: { enable: true, command, ...networkCheck } },
    },
    flyingcircus: { roles: { kubernetes: { dashboardClusterIP: '10.0.0.250' } } },
  };
}

/** Runs a script of the module as a switch would: its file is written where the store would have it, and `current` stands for /run/current-system. */
function switching(script: string, folder: string, current: string) {
  const settings = join(folder, 'settings.json');
  const whole = script.replace(/<<<(.*?)>>>/gs, (_, text: string) => {
    writeFileSync(settings, text);
    return settings;
  });
  return spawnSync('sh', ['-eu', '-c', whole.replaceAll('/run/current-system', current)], { encoding: 'utf8', cwd: folder });
}

for (const newRelease of [true, false]) {
  const form = newRelease ? 'a pre-switch check' : 'an activation script';
  needs('nix-instantiate')(`The NixOS hook, as ${form}, refuses the switch with the report and lets a free one pass`, (t) => {
    const folder = folderOf(t);
    const run = (networkCheck: object) => {
      const { system } = nix(t, host(program(folder, ['--no-host']), networkCheck), newRelease) as {
        readonly system: Readonly<Record<string, unknown>>;
      };
      const scripts = (newRelease ? system.preSwitchChecks : system.activationScripts) as Readonly<Record<string, string>>;
      const [[, script] = ['', '']] = Object.entries(scripts);
      return switching(script, folder, folder);
    };
    const refused = run({ existingNetworks: { office: '10.1.0.0/16' } });
    t.is(refused.status, 1, refused.stderr);
    t.regex(refused.stderr, /\(office\) is the same as the pod network 10\.1\.0\.0\/16/);
    t.regex(refused.stderr, /nothing was activated/);
    t.is(run({ existingNetworks: { office: '10.1.0.0/16' }, ignore: ['10.1.0.0/16'] }).status, 0);
    const passed = run({ existingNetworks: { home: '192.168.0.0/16' }, nodes: { node1: '192.0.2.11' } });
    t.is(passed.status, 0, passed.stderr);
  });
}

needs('nix-instantiate')('The NixOS hook takes the addresses of the configuration, and stays out of the way of the boot', (t) => {
  const folder = folderOf(t);
  const misplaced = {
    ...host(program(folder, ['--no-host'])),
    flyingcircus: { roles: { kubernetes: { dashboardClusterIP: '10.9.0.250' } } },
  };
  const evaluated = nix(t, misplaced, false) as { readonly system: { readonly activationScripts: Readonly<Record<string, string>> } };
  const script = evaluated.system.activationScripts['00-podfront-networks'] ?? '';
  t.regex(switching(script, folder, folder).stderr, /the dashboard's address 10\.9\.0\.250 lies outside/);
  t.is(switching(script, folder, join(folder, 'gone')).status, 0, 'at boot nothing is refused');
  t.deepEqual(nix(t, host('podfront', { enable: false }), true), {});
});

needs('ansible-playbook')('The Ansible play stops with the report when the networks of a host are not free', (t) => {
  const folder = folderOf(t);
  const play = (existing: readonly string[]) => {
    const variables = { podfront_command: program(folder, ['--no-host']), existing_networks: existing };
    const args = ['-i', 'localhost,', '-c', 'local', here('../../examples/ansible/check-networks.yaml'), '-e', JSON.stringify(variables)];
    return spawnSync('ansible-playbook', args, {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, ANSIBLE_LOCAL_TEMP: folder, ANSIBLE_NOCOLOR: '1', LC_ALL: 'C.UTF-8' },
    });
  };
  const refused = play(['office=10.0.0.0/16']);
  t.is(refused.status, 2, refused.stdout + refused.stderr);
  t.regex(refused.stdout, /\(office\) contains the service network 10\.0\.0\.0\/24/);
  const passed = play(['home=192.168.0.0/16']);
  t.is(passed.status, 0, passed.stdout + passed.stderr);
});
