// Builds the Kubernetes control plane that tests run (kube-apiserver, kube-controller-manager, kube-proxy, kubectl and etcd), where there is a Go
// toolchain, so that no test waits for a compiler. Without Go, or where PODFRONT_NO_INSTALL forbids it, the suites that need it are left
// out; where CI is set that is a failure.
import { spawnSync } from 'node:child_process';
import { env, stdout } from 'node:process';
import { register } from 'tsx/esm/api';
import { underCi } from './ci.mjs';
import { requireMade } from './made.mjs';

register();
const { build, programsOf, testParts } = await import('../test/support/kubernetes/build.ts');

const reason = whyNot();
if (reason === null) {
  for (const part of testParts) {
    build(part);
    requireMade(`building ${part}`, ...programsOf(part));
    stdout.write(`${part}: ${programsOf(part).join(' ')}\n`);
  }
} else {
  stdout.write(`${reason}: the suites that need a Kubernetes control plane are left out\n`);
  if (underCi(env)) process.exitCode = 1;
}

function whyNot() {
  if ((env.PODFRONT_NO_INSTALL ?? '') !== '') return 'PODFRONT_NO_INSTALL forbids building Kubernetes';
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) return 'go is not on PATH';
  return null;
}
