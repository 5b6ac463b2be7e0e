// Services of type LoadBalancer with a real control plane, HAProxy and pods in a network namespace of its own. Goals: a Service is served and
// its status written within 500 ms (median); 1,000 Services made at once are served within 15 s by at most 3 reloads; no request to another
// Service fails while one is created, changed and deleted 50 times. Needs root, and what scripts/kubernetes.mjs builds.
// npm run bench:load-balancer [latency|thousand|churn ...]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from '../test/support/kubernetes/build.ts';

const parts = ['latency', 'thousand', 'churn'];
build('metallb-0.15.2');
const wanted = process.argv.slice(2).filter((word) => parts.includes(word));

// Every address of the pods and of the pool is one of this namespace (ip-route(8), `local`), and nothing leaves it.
const inside = fileURLToPath(new URL('load-balancer/inside.ts', import.meta.url));
const script = `set -e
ip link set lo up
ip route add local 10.1.0.0/16 dev lo
ip route add local 198.18.0.0/20 dev lo
exec "$@"`;
const node = [process.execPath, '--import', 'tsx', inside, ...(wanted.length === 0 ? parts : wanted)];
const { status } = spawnSync('unshare', ['--net', '--', 'sh', '-c', script, 'sh', ...node], { stdio: 'inherit' });
process.exitCode = status ?? 1;
