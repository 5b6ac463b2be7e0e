import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';

/** The CoreDNS versions of the suites: 1.8.0 is what Kubernetes 1.21 ships and answers wildcards, 1.15.0 is a current one. */
export const versions = { '1.8.0': 'with-wildcards', '1.15.0': 'current' } as const;

export type Version = keyof typeof versions;

/** Where the binary of a version is, or will be: outside the project, by what it is made from. */
export function binaryOf(version: Version): string {
  const folder = sourceOf(version);
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(folder, file)));
  const cache = env.PODFRONT_TEST_CACHE ?? join(homedir(), '.cache', 'podfront-test');
  return join(cache, `coredns-${version}-${hash.digest('hex').slice(0, 12)}`);
}

/**
 * Builds CoreDNS with the plugins of a usual Corefile, where it is not built yet: some minutes the first time.
 * Throws when Go cannot.
 */
export function build(version: Version): string {
  const binary = binaryOf(version);
  if (existsSync(binary)) return binary;
  mkdirSync(join(binary, '..'), { recursive: true });
  stdout.write(`building CoreDNS ${version}\n`);
  const unfinished = `${binary}.${process.pid}`;
  const args = ['build', '-buildvcs=false', '-ldflags=-s -w', '-o', unfinished, '.'];
  const { status, error } = spawnSync('go', args, { cwd: sourceOf(version), stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`go build failed for CoreDNS ${version}: ${error?.message ?? `it ended with ${status}`}`);
  if (!existsSync(unfinished)) throw new Error(`go build ended well for CoreDNS ${version}, but made no binary`);
  renameSync(unfinished, binary);
  return binary;
}

function sourceOf(version: Version): string {
  return fileURLToPath(new URL(versions[version], import.meta.url));
}
