import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
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

/** lockfile.nix with tarballs at paths that say what was asked for. */
const located = (lockfile: unknown, cpu = 'x64') =>
  evaluate(
    `import ${example('lockfile.nix')} { lockfile = ${asNix(lockfile)}; cpu = "${cpu}"; tarball = one: "/tarballs/\${one.name}@\${one.version}#\${one.integrity}"; }`,
  ) as {
    readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly dev?: boolean; readonly os?: readonly string[] }>>;
  };

nixTest('Every package of the lockfile gets its tarball, by its own name; what is for other machines gets none', (t) => {
  const packages = {
    '': { name: 'podfront', version: '1.0.0' },
    'node_modules/a': { version: '1.2.3', integrity: 'sha512-a' },
    'node_modules/a/node_modules/@b/c': { version: '2.0.0', integrity: 'sha512-c' },
    'node_modules/alias': { name: 'd', version: '3.0.0', integrity: 'sha512-d' },
    'node_modules/arm': { version: '4.0.0', integrity: 'sha512-e', os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
    'node_modules/other': { version: '5.0.0', integrity: 'sha512-f', os: ['darwin'] },
    'node_modules/musl': { version: '6.0.0', integrity: 'sha512-g', os: ['linux'], libc: ['musl'] },
  };
  const here = located({ packages }).packages;
  t.is(here['node_modules/a']?.resolved, 'file:/tarballs/a@1.2.3#sha512-a');
  t.is(here['node_modules/a/node_modules/@b/c']?.resolved, 'file:/tarballs/@b/c@2.0.0#sha512-c');
  t.is(here['node_modules/alias']?.resolved, 'file:/tarballs/d@3.0.0#sha512-d');
  for (const name of ['', 'node_modules/arm', 'node_modules/other', 'node_modules/musl'] as const) t.deepEqual(here[name], packages[name]);
  t.is(located({ packages }, 'arm64').packages['node_modules/arm']?.resolved, 'file:/tarballs/arm@4.0.0#sha512-e');
});

nixTest('Every package of the real lockfile that npm installs on Linux has a digest to fetch it by', (t) => {
  const { packages } = located(JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')));
  const without = Object.entries(packages).filter(([path, one]) => path !== '' && one.resolved === undefined);
  t.true(Object.keys(packages).length - without.length > 100);
  for (const [path, { os }] of without) t.truthy(os, path);
});

nixTest('package.nix asks for no value: each package is fetched by npm, with the digest of the lockfile', (t) => {
  const nixpkgs = (node: string) => `{
    lib = {
      versionAtLeast = a: b: builtins.compareVersions a b >= 0;
      optionalString = condition: text: if condition then text else "";
      escapeShellArg = word: "'\${word}'";
      inherit (builtins) replaceStrings concatStringsSep;
      fetchers.proxyImpureEnvVars = [ ];
      licenses.mit = "mit";
      platforms.linux = [ ];
    };
    stdenv = { mkDerivation = one: one; hostPlatform.isAarch64 = false; };
    nodejs.version = "${node}";
    runCommand = name: attributes: script: "/fetched/\${name}/\${attributes.outputHash}/\${builtins.toJSON script}";
    cacert = "/cacert";
  }`;
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  const built = (node: string) =>
    `let p = import ${example('package.nix')} ${nixpkgs(node)}; in { inherit (p) pname version lockfile meta installPhase; }`;
  const { lockfile, ...rest } = evaluate(built('20.19.0')) as { readonly lockfile: string; readonly installPhase: string };
  t.like(rest, { pname: 'podfront', version, meta: { mainProgram: 'podfront' } });
  t.regex(rest.installPhase, /cp -r dist templates page man .* package\.json/);
  const { packages } = JSON.parse(lockfile) as { packages: Readonly<Record<string, { resolved?: string; integrity?: string }>> };
  const { resolved = '', integrity } = packages['node_modules/@esbuild/linux-x64'] ?? {};
  t.true(resolved.startsWith(`file:/fetched/npm-esbuild-linux-x64-`) && resolved.includes(`.tgz/${integrity}/`), resolved);
  t.regex(resolved, /npm pack --silent {2}'@esbuild\/linux-x64@[\d.]+'/);
  t.false(evaluate(`(builtins.tryEval (${built('18.20.0')}).version).success`));
});

test('The flake has a lock, and the module of NixOS with the package of the flake', (t) => {
  const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  const { nodes } = JSON.parse(read('flake.lock')) as {
    readonly nodes: {
      readonly nixpkgs: { readonly locked: Readonly<Record<string, unknown>>; readonly original: { readonly ref: string } };
    };
  };
  t.regex(String(nodes.nixpkgs.locked.rev), /^[0-9a-f]{40}$/);
  t.regex(String(nodes.nixpkgs.locked.narHash), /^sha256-[\w+/]{43}=$/);
  t.true(read('flake.nix').includes(`inputs.nixpkgs.url = "github:NixOS/nixpkgs/${nodes.nixpkgs.original.ref}";`));
});

needs('nix-instantiate', 'git')('Nix evaluates the flake: a package for each system, and a module that has it as its default', (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'nixpkgs'));
  // In place of nixpkgs, which is 4 GB: what the flake asks of it.
  writeFileSync(
    join(folder, 'nixpkgs/flake.nix'),
    `{ outputs = { self }: let lib = { genAttrs = names: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) names); mkDefault = value: value; };
       in { inherit lib; legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: { callPackage = path: _: "\${baseNameOf path} for \${system}"; }); }; }`,
  );
  const flake = join(folder, 'flake');
  mkdirSync(join(flake, 'examples/nixos'), { recursive: true });
  for (const name of ['flake.nix', 'flake.lock']) copyFileSync(new URL(`../../${name}`, import.meta.url), join(flake, name));
  const words = [
    '--store',
    join(folder, 'store'),
    'eval',
    '--json',
    '--no-write-lock-file',
    '--override-input',
    'nixpkgs',
    `path:${folder}/nixpkgs`,
  ];
  const evaluated = (installable: string, ...apply: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('nix', [...words, installable, ...apply], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder, NIX_CONFIG: 'experimental-features = nix-command flakes' },
    });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as unknown;
  };
  const both = (system: string) => ({ podfront: `package.nix for ${system}`, default: `package.nix for ${system}` });
  t.deepEqual(evaluated(`path:${flake}#packages`), { 'x86_64-linux': both('x86_64-linux'), 'aarch64-linux': both('aarch64-linux') });
  const call =
    'make: (make { lib.mkDefault = value: value; pkgs.stdenv.hostPlatform.system = "aarch64-linux"; }).services.podfront.package';
  t.is(evaluated(`path:${flake}#nixosModules.default`, '--apply', call), 'package.nix for aarch64-linux');
});

nixTest('The service on NixOS runs as podfront.service of examples/systemd does', (t) => {
  const onNixos = evaluate(`import ${example('service.nix')}`) as Readonly<Record<string, string | boolean>>;
  const elsewhere = Object.fromEntries(
    [...service()].filter(([key]) => !key.startsWith('Exec')).map(([key, values]) => [key, values.join()]),
  );
  t.deepEqual(Object.fromEntries(Object.entries(onNixos).map(([key, value]) => [key, String(value)])), elsewhere);
});
