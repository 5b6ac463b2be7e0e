// The Kubernetes API as a source, with a real control plane, HAProxy and pods in a network namespace of its own, each figure beside its
// anchor in the same run. Needs root, and what scripts/kubernetes.mjs and scripts/coredns.mjs build.
// npm run bench:kubernetes [latency|growth|rolling|not-ready|idle ...]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const parts = ['latency', 'growth', 'rolling', 'not-ready', 'idle'];
const wanted = process.argv.slice(2).filter((word) => parts.includes(word));

// Every address of the pod network is one of this namespace (ip-route(8), `local`): one server answers for all pods, and nothing leaves it.
const inside = fileURLToPath(new URL('kubernetes/inside.ts', import.meta.url));
const script = `set -e
ip link set lo up
ip route add local 10.1.0.0/16 dev lo
exec "$@"`;
const node = [process.execPath, '--import', 'tsx', inside, ...(wanted.length === 0 ? parts : wanted)];
const { status } = spawnSync('unshare', ['--net', '--', 'sh', '-c', script, 'sh', ...node], { stdio: 'inherit' });
process.exitCode = status ?? 1;
