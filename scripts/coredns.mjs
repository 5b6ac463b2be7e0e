// Builds the CoreDNS versions the tests run, where there is a Go toolchain, so that no test waits for a compiler.
// Without Go, or where PODFRONT_NO_INSTALL forbids it, the suites that need CoreDNS are left out; where CI is set that is a failure.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { env, stdout } from 'node:process';
import { register } from 'tsx/esm/api';

register();
const { binaryOf, build, versions } = await import('../test/support/coredns/build.ts');
const ci = !['', '0', 'false'].includes(env.CI ?? '');

const reason = whyNot();
if (reason === null) {
  for (const version of Object.keys(versions)) {
    build(version);
    if (!existsSync(binaryOf(version))) throw new Error(`CoreDNS ${version} was built, but ${binaryOf(version)} is not there`);
    stdout.write(`CoreDNS ${version}: ${binaryOf(version)}\n`);
  }
} else {
  stdout.write(`${reason}: the suites that need CoreDNS are left out\n`);
  if (ci) process.exitCode = 1;
}

function whyNot() {
  if ((env.PODFRONT_NO_INSTALL ?? '') !== '') return 'PODFRONT_NO_INSTALL forbids building CoreDNS';
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) return 'go is not on PATH';
  return null;
}
