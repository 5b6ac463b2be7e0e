// Builds the CoreDNS versions the tests run, where there is a Go toolchain, so that no test waits for a compiler.
// Without Go, or where PODFRONT_NO_INSTALL forbids it, the suites that need CoreDNS are left out; where CI is set that is a failure.
import { spawnSync } from 'node:child_process';
import { env, stdout } from 'node:process';
import { register } from 'tsx/esm/api';
import { underCi } from './ci.mjs';
import { requireMade } from './made.mjs';

register();
const { binaryOf, build, versions } = await import('../test/support/coredns/build.ts');

const reason = whyNot();
if (reason === null) {
  for (const version of Object.keys(versions)) {
    build(version);
    requireMade(`building CoreDNS ${version}`, binaryOf(version));
    stdout.write(`CoreDNS ${version}: ${binaryOf(version)}\n`);
  }
} else {
  stdout.write(`${reason}: the suites that need CoreDNS are left out\n`);
  if (underCi(env)) process.exitCode = 1;
}

function whyNot() {
  if ((env.PODFRONT_NO_INSTALL ?? '') !== '') return 'PODFRONT_NO_INSTALL forbids building CoreDNS';
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) return 'go is not on PATH';
  return null;
}
