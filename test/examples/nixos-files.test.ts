import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { asNix, evaluate, example } from '../support/nix.ts';
import { podfront } from '../support/podfront.ts';
import { service } from '../support/unit-file.ts';

const nixTest = needs('nix-instantiate');

for (const name of readdirSync(example('')).filter((file) => file.endsWith('.nix'))) {
  nixTest(`Nix can parse examples/nixos/${name}`, (t) => {
    const { status, stderr } = spawnSync('nix-instantiate', ['--parse', example(name)], { encoding: 'utf8' });
    t.is(status, 0, stderr);
  });
}

/** What a frontend is in Nix when nothing but its port was set: every option is there. */
const unset = {
  binds: null,
  mode: 'http',
  serviceName: null,
  namespace: 'default',
  podPort: null,
  servicePort: null,
  lbServicePort: null,
  maxExpectedPods: null,
  sslBackend: false,
  extraPodTemplateOptions: '',
  haproxyExtraConfig: '',
};

nixTest('podfront takes what Nix makes of frontends and of the options of services.kubernetes', async (t) => {
  const frontend = {
    ingress: { ...unset, binds: ['198.51.100.2:443', '[2a02:238:f030::1000]:443'], mode: 'tcp', podPort: 443 },
    web: { ...unset, servicePort: 8080, haproxyExtraConfig: 'timeout server 5m\noption httplog\n' },
    api: { ...unset, podPort: 9080, maxExpectedPods: 30, extraPodTemplateOptions: 'weight 10\nslowstart 5s\n', sslBackend: true },
  };
  const settings = evaluate(
    `import ${example('settings.nix')} (${asNix({ frontend, serviceClusterIpRange: '10.0.0.0/24, fd00:10::/112', clusterCidr: null, clusterDns: '10.0.0.254', dashboardClusterIP: '10.0.0.250' })})`,
  );
  t.like(settings, {
    cluster: { serviceNetworks: ['10.0.0.0/24', 'fd00:10::/112'], nameservers: ['10.0.0.254'], dashboardClusterIP: '10.0.0.250' },
  });
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'podfront.yaml'), JSON.stringify(settings));
  const { status, stdout, stderr } = await podfront(['render', '--offline', '--haproxy-version', '2.6', '--no-validate'], { cwd });
  t.is(status, 0, stderr);
  t.regex(stdout, /bind \[2a02:238:f030::1000\]:443\n {4}mode tcp/);
  t.regex(stdout, /server-template pod 30 .* ssl verify none weight 10 slowstart 5s\n/);
  t.regex(stdout, /bind 127\.0\.0\.1:8080\n {4}mode http[\s\S]* web\.default\.svc\.cluster\.local:8080 /);
  t.regex(stdout, /timeout server 5m\n {4}option httplog\n/);
});

nixTest('Nothing is set that the system does not say', (t) => {
  t.deepEqual(evaluate(`import ${example('settings.nix')} { }`), { cluster: {}, listen: {} });
});

nixTest('Every package of the lockfile gets its address, by its own name and in the folder of its scope', (t) => {
  const packages = {
    '': { name: 'podfront', version: '1.0.0' },
    'node_modules/a': { version: '1.2.3', integrity: 'sha512-a' },
    'node_modules/a/node_modules/@b/c': { version: '2.0.0', integrity: 'sha512-c' },
    'node_modules/alias': { name: 'd', version: '3.0.0', integrity: 'sha512-d' },
    'node_modules/elsewhere': { version: '4.0.0', integrity: 'sha512-e', resolved: 'https://example.org/e.tgz' },
  };
  const located = evaluate(
    `import ${example('lockfile.nix')} { lockfile = ${asNix({ packages })}; registry = "https://npm.example.org"; }`,
  );
  t.like(located, {
    packages: {
      'node_modules/a': { resolved: 'https://npm.example.org/a/-/a-1.2.3.tgz' },
      'node_modules/a/node_modules/@b/c': { resolved: 'https://npm.example.org/@b/c/-/c-2.0.0.tgz' },
      'node_modules/alias': { resolved: 'https://npm.example.org/d/-/d-3.0.0.tgz' },
      'node_modules/elsewhere': { resolved: 'https://example.org/e.tgz' },
    },
  });
  t.deepEqual(
    evaluate(
      `(import ${example('lockfile.nix')} { lockfile = ${asNix({ packages })}; registry = "https://npm.example.org"; }).packages.""`,
    ),
    packages[''],
  );
});

nixTest('What the lockfile holds of packages that a build on Linux needs has all that Nix fetches by', (t) => {
  const lockfile = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
  const { packages } = evaluate(
    `import ${example('lockfile.nix')} { lockfile = ${asNix(JSON.parse(lockfile))}; registry = "https://npm.example.org"; }`,
  ) as { packages: Readonly<Record<string, { resolved?: string; os?: readonly string[]; libc?: readonly string[] }>> };
  const without = Object.entries(packages).filter(([path, one]) => path !== '' && one.resolved === undefined);
  t.deepEqual(
    without.filter(([, { os, libc }]) => os === undefined || (os.includes('linux') && !libc?.includes('musl'))),
    [],
  );
});

nixTest('The service on NixOS runs as podfront.service of examples/systemd does', (t) => {
  const onNixos = evaluate(`import ${example('service.nix')}`) as Readonly<Record<string, string | boolean>>;
  const elsewhere = Object.fromEntries(
    [...service()].filter(([key]) => !key.startsWith('Exec')).map(([key, values]) => [key, values.join()]),
  );
  t.deepEqual(Object.fromEntries(Object.entries(onNixos).map(([key, value]) => [key, String(value)])), elsewhere);
});
