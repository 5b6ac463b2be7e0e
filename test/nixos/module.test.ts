import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { needs } from '../needs.ts';
import { asNix, evaluate, example } from './nix.ts';

// nixpkgs is no Debian package: who has it, names its folder lib. The other files are tested without it in files.test.ts.
const lib = process.env.NIXPKGS_LIB ?? '';
const nixTest = lib === '' ? () => {} : needs('nix-instantiate');
test('NIXPKGS_LIB, where it is set, is the folder lib of nixpkgs', (t) => {
  t.is(lib === '' || existsSync(`${lib}/modules.nix`), true);
});

interface Evaluated {
  readonly assertions: readonly { readonly assertion: boolean; readonly message: string }[];
  readonly settings: Readonly<Record<'cluster' | 'haproxy' | 'listen', Readonly<Record<string, unknown>>>>;
  readonly systemd: { readonly services: Readonly<Record<string, { readonly serviceConfig: Readonly<Record<string, unknown>> }>> };
  readonly networkCheck: { readonly enable: boolean; readonly command: string };
  readonly system: { readonly activationScripts: readonly string[]; readonly preSwitchChecks?: readonly string[] };
  readonly etc: Readonly<Record<string, string>>;
}

function machine(t: ExecutionContext, services: object, newRelease = true): Evaluated {
  const file = fileURLToPath(new URL('evaluate.nix', import.meta.url));
  return evaluate(
    t,
    `import ${file} { nixpkgsLib = ${lib}; module = ${example('module.nix')}; newRelease = ${newRelease}; machine = ${asNix({ services })}; }`,
  ) as Evaluated;
}

const ingress = { binds: ['198.51.100.2:443'], mode: 'tcp', podPort: 443 };

nixTest('The module takes the networks of Kubernetes, and HAProxy loads the file that podfront writes', (t) => {
  const { settings, systemd, networkCheck, system, assertions, etc } = machine(t, {
    podfront: { enable: true, frontend: { ingress } },
    kubernetes: {
      proxy: { enable: true },
      apiserver: { serviceClusterIpRange: '10.7.0.0/24' },
      addons: { dns: { clusterIp: '10.7.0.254' } },
    },
  });
  t.deepEqual(settings.cluster, { nameservers: ['10.7.0.254'], serviceNetworks: ['10.7.0.0/24'], podNetworks: ['10.1.0.0/16'] });
  t.like(settings.listen.ingress, { ...ingress, maxExpectedPods: null });
  const { ExecStart, ExecReload } = systemd.services.haproxy?.serviceConfig ?? {};
  const folder = String(settings.haproxy.output).replace(/\/[^/]*$/, '');
  for (const command of [ExecStart, (ExecReload as readonly string[])[0]])
    t.true(String(command).includes(`-f /etc/haproxy.cfg -f ${folder}`));
  const { master } = settings.haproxy.reload as { readonly master: string };
  t.true(String(ExecStart).includes(`-S ${master},`));
  t.like(networkCheck, { enable: true, command: '/store/podfront/bin/podfront' });
  t.deepEqual(system.preSwitchChecks, ['podfrontNetworks']);
  t.true(assertions.every(({ assertion }) => assertion));
  t.regex(etc['podfront/podfront.yaml'] ?? '', /podfront --config .* render --offline/);
});

nixTest('What the administrator sets goes before what the module found', (t) => {
  const { settings, networkCheck } = machine(t, {
    podfront: {
      enable: true,
      frontend: { ingress },
      settings: { cluster: { nameservers: ['192.0.2.53'] }, listen: { ingress: { fallbackServicePort: 443, mode: 'http' } } },
    },
    kubernetes: { clusterCidr: null },
  });
  t.deepEqual(settings.cluster, { nameservers: ['192.0.2.53'], serviceNetworks: ['10.0.0.0/24'] });
  t.like(settings.listen.ingress, { podPort: 443, fallbackServicePort: 443, mode: 'http' });
  t.false(networkCheck.enable);
});

nixTest('In layout full HAProxy loads the file of podfront alone', (t) => {
  const { settings, systemd } = machine(t, { podfront: { enable: true, layout: 'full', frontend: { ingress } } });
  t.like(settings.haproxy, { layout: 'full', with: [] });
  t.notRegex(String(systemd.services.haproxy?.serviceConfig.ExecStart), /etc\/haproxy\.cfg/);
});

nixTest('Two ports at once are an assertion that fails, by name', (t) => {
  const { assertions } = machine(t, { podfront: { enable: true, frontend: { ingress: { ...ingress, servicePort: 443 } } } });
  t.deepEqual(
    assertions.filter(({ assertion }) => !assertion).map(({ message }) => message),
    ['services.podfront.frontend.ingress: set exactly one of podPort, servicePort and lbServicePort.'],
  );
});

nixTest('A release without pre-switch checks gets the network check as an activation script', (t) => {
  const { system } = machine(t, { podfront: { enable: true }, kubernetes: { proxy: { enable: true } } }, false);
  t.deepEqual(system.activationScripts, ['00-podfront-networks']);
});

nixTest('A module that is not enabled changes nothing', (t) => {
  const { systemd, etc, system } = machine(t, { podfront: { enable: false } });
  t.deepEqual(Object.keys(systemd.services), ['haproxy']);
  t.deepEqual(Object.keys(etc), ['haproxy.cfg']);
  t.deepEqual([system.activationScripts, system.preSwitchChecks], [[], []]);
  t.is(systemd.services.haproxy?.serviceConfig.ExecStart, '/run/haproxy/haproxy -Ws -f /etc/haproxy.cfg -p /run/haproxy/haproxy.pid');
});

nixTest('The package is built by buildNpmPackage, with a Node that its packages run on', (t) => {
  const built = (node: string) =>
    `let p = import ${example('package.nix')} { lib = import ${lib}; buildNpmPackage = one: one; nodejs.version = "${node}"; registry = "https://npm.example.org"; }; in { inherit (p) pname version npmDepsHash npmPackFlags meta; }`;
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  t.like(evaluate(t, built('20.19.0')), {
    pname: 'podfront',
    version,
    npmPackFlags: ['--ignore-scripts'],
    meta: { mainProgram: 'podfront' },
  });
  t.false(evaluate(t, `(builtins.tryEval (${built('18.20.0')}).version).success`));
});
