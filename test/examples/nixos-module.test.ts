import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { asNix, evaluate, example } from '../support/nix.ts';
import { podfront } from '../support/podfront.ts';

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

function machine(services: object, newRelease = true): Evaluated {
  const file = fileURLToPath(new URL('../support/evaluate.nix', import.meta.url));
  return evaluate(
    `import ${file} { nixpkgsLib = ${lib}; module = ${example('module.nix')}; newRelease = ${newRelease}; machine = ${asNix({ services })}; }`,
  ) as Evaluated;
}

/** What is not null: NixOS shows the other options as well. */
function given(set: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(set).filter(([, value]) => value !== null));
}

const ingress = { binds: ['198.51.100.2:443'], mode: 'tcp', podPort: 443 };

nixTest('The module takes the networks of Kubernetes, and HAProxy loads the file that podfront writes', (t) => {
  const { settings, systemd, networkCheck, system, assertions, etc } = machine({
    podfront: { enable: true, frontend: { ingress } },
    kubernetes: {
      proxy: { enable: true },
      apiserver: { serviceClusterIpRange: '10.7.0.0/24' },
      addons: { dns: { clusterIp: '10.7.0.254' } },
    },
  });
  t.deepEqual(given(settings.cluster), { nameservers: ['10.7.0.254'], serviceNetworks: ['10.7.0.0/24'], podNetworks: ['10.1.0.0/16'] });
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
  const { settings, networkCheck } = machine({
    podfront: {
      enable: true,
      frontend: { ingress },
      settings: { cluster: { nameservers: ['192.0.2.53'] }, listen: { ingress: { fallbackServicePort: 443, mode: 'http' } } },
    },
    kubernetes: { clusterCidr: null },
  });
  t.deepEqual(given(settings.cluster), { nameservers: ['192.0.2.53'], serviceNetworks: ['10.0.0.0/24'] });
  t.like(settings.listen.ingress, { podPort: 443, fallbackServicePort: 443, mode: 'http' });
  t.false(networkCheck.enable);
});

nixTest('In layout full HAProxy loads the file of podfront alone', (t) => {
  const { settings, systemd } = machine({ podfront: { enable: true, layout: 'full', frontend: { ingress } } });
  t.like(settings.haproxy, { layout: 'full', with: [] });
  t.notRegex(String(systemd.services.haproxy?.serviceConfig.ExecStart), /etc\/haproxy\.cfg/);
});

nixTest('Two ports at once are an assertion that fails, by name', (t) => {
  const { assertions } = machine({ podfront: { enable: true, frontend: { ingress: { ...ingress, servicePort: 443 } } } });
  t.deepEqual(
    assertions.filter(({ assertion }) => !assertion).map(({ message }) => message),
    ['services.podfront.frontend.ingress: set exactly one of podPort, servicePort and lbServicePort.'],
  );
});

nixTest('Every key of podfront is an option, and what the module writes of them is taken by podfront', async (t) => {
  const cwd = folderOf(t);
  const users = join(cwd, 'users');
  writeFileSync(users, 'admin:$5$rounds=5000$saltsalt$Ya1uqnmyxlRJKwEd.NlcE6ERQl5J0gIgQFUvPEd2yL3\n', { mode: 0o600 });
  const binds = [{ address: '198.51.100.2:443', crt: '/var/lib/acme/site.pem' }];
  const services = {
    podfront: {
      enable: true,
      layout: 'full',
      frontend: {
        app: { binds, hosts: ['app.example.org'], podPort: 'http', hsts: 31_536_000, redirectToHttps: true },
        apps: { binds, hosts: ['*.apps.example.org'], podPort: 8080, sendProxy: 'v2', balance: 'roundrobin' },
        api: { binds: ['198.51.100.2:6443'], mode: 'tcp', lbServicePort: 6443, nodes: ['master'], check: { tls: true } },
        dashboard: {
          binds: [{ address: '198.51.100.3:443', crt: '/var/lib/acme/site.pem' }],
          servicePort: 443,
          basicAuth: { file: users },
          sslBackend: { verify: 'required', caFile: '/etc/ssl/ca.pem', sni: 'dashboard.example.org' },
        },
      },
      settings: {
        cluster: { master: 'kubernetes.example.org', nodes: { master: '192.0.2.10', node1: '192.0.2.11' } },
        haproxy: {
          peers: { fe1: '192.0.2.21:10000', fe2: '192.0.2.22:10000' },
          localPeer: 'fe1',
          version: '2.6',
          socket: '/run/haproxy/haproxy.sock',
        },
        pace: { settle: { min: '3s', max: '10s' } },
      },
    },
  };
  const { settings, assertions, etc } = machine(services);
  t.true(assertions.every(({ assertion }) => assertion));
  const schema = JSON.parse(readFileSync(new URL('../../podfront.schema.json', import.meta.url), 'utf8')).properties;
  t.deepEqual(Object.keys(settings).sort(), Object.keys(schema).sort());
  t.deepEqual(
    Object.keys(settings.listen.app ?? {}).sort(),
    Object.keys(schema.listen.anyOf[0].additionalProperties.anyOf[0].properties).sort(),
  );

  const written = etc['podfront/podfront.yaml'] ?? '';
  writeFileSync(join(cwd, 'podfront.yaml'), written);
  const { status, stdout, stderr } = await podfront(['render', '--offline', '--no-validate'], { cwd });
  t.is(status, 0, stderr);
  for (const seen of [
    /peer fe1 192\.0\.2\.21:10000/,
    /ssl crt \/var\/lib\/acme\/site\.pem/,
    /send-proxy-v2/,
    /app\.example\.org/,
    /userlist/,
    /sni str\(dashboard/,
  ])
    t.regex(stdout, seen);
});

for (const [what, podfront, said] of [
  ['An unknown key', { settings: { haproxy: { reloads: 'none' } } }, /haproxy\.reloads' does not exist/],
  ['A value of the wrong kind', { frontend: { web: { podPort: 80, sendProxy: 'v3' } } }, /sendProxy' is not of type/],
  ['A port that is none', { frontend: { web: { podPort: 99_999 } } }, /podPort' is not of type/],
  ['A time that is none', { settings: { pace: { poll: 'often' } } }, /pace\.poll' is not of type/],
] as const)
  nixTest(`${what} is refused by NixOS, with its option`, (t) => {
    t.regex(t.throws(() => machine({ podfront: { enable: true, ...podfront } })).message, said);
  });

nixTest('What cannot work is an assertion that fails, by name', (t) => {
  const frontend = { api: { lbServicePort: 6443 }, raw: { mode: 'tcp', podPort: 443, hsts: 60 } };
  t.deepEqual(
    machine({ podfront: { enable: true, frontend } })
      .assertions.filter(({ assertion }) => !assertion)
      .map(({ message }) => message),
    [
      'services.podfront.frontend.api: lbServicePort reaches the nodes of services.podfront.settings.cluster.nodes, and there are none.',
      'services.podfront.frontend.raw: basicAuth, hsts and redirectToHttps need mode = "http".',
    ],
  );
});

nixTest('A release without pre-switch checks gets the network check as an activation script', (t) => {
  const { system } = machine({ podfront: { enable: true }, kubernetes: { proxy: { enable: true } } }, false);
  t.deepEqual(system.activationScripts, ['00-podfront-networks']);
});

nixTest('A module that is not enabled changes nothing', (t) => {
  const { systemd, etc, system } = machine({ podfront: { enable: false } });
  t.deepEqual(Object.keys(systemd.services), ['haproxy']);
  t.deepEqual(Object.keys(etc), ['haproxy.cfg']);
  t.deepEqual([system.activationScripts, system.preSwitchChecks], [[], []]);
  t.is(systemd.services.haproxy?.serviceConfig.ExecStart, '/run/haproxy/haproxy -Ws -f /etc/haproxy.cfg -p /run/haproxy/haproxy.pid');
});
