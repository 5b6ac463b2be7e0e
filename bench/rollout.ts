// A service that scales, is rolled out and loses pods under load, on a real Kubernetes API with a real CoreDNS, in a network namespace of
// its own: podfront by DNS and by the API beside a hand-written file and haproxytech's kubernetes-ingress, all in the same run and with the
// same HAProxy, under 200 requests a second each. Goal: fewer failed requests than either of them in every scene; where one of them has
// none, none.
// Needs root, and what scripts/kubernetes.mjs and scripts/coredns.mjs build. kubernetes-ingress takes part where
// PODFRONT_BENCH_INGRESS is the path of its controller, `haproxy-ingress-controller` (measured: its commit fc12067 of July 2026).
// npm run bench:rollout [http|tcp] [cached|uncached] [REPETITIONS] [-- SCENE...]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const { provideHaproxy } = (await import(new URL('../scripts/haproxy-versions.mjs', import.meta.url).href)) as {
  readonly provideHaproxy: (version: string) => string;
};

// Every address of the pod network is one of this namespace (ip-route(8), `local`), so that nothing leaves it. The rule for local addresses
// comes after those that drop the answers of pods.
const script = `set -e
ip link set lo up
ip route add local 10.1.0.0/16 dev lo src 127.0.0.1
ip rule add pref 100 lookup local
ip rule del pref 0
exec "$@"`;
const inside = fileURLToPath(new URL('rollout/inside.ts', import.meta.url));
const node = [process.execPath, '--import', 'tsx', inside, ...process.argv.slice(2)];
const folder = provideHaproxy('3.2');
const { status } = spawnSync('unshare', ['--net', '--', 'sh', '-c', script, 'sh', ...node], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
});
spawnSync('rm', ['-r', folder]);
process.exitCode = status ?? 1;
