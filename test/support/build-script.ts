import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { folderOf } from './folder.ts';

/** Runs a script of scripts/ that builds with Go, with an empty cache and this `go`, a shell script; none when it is null. */
export function runBuildScript(t: ExecutionContext, script: string, go: string | null, env: Readonly<Record<string, string>> = {}) {
  const file = fileURLToPath(new URL(`../../scripts/${script}`, import.meta.url));
  const folder = folderOf(t);
  const [bin, cache] = [join(folder, 'bin'), join(folder, 'cache')];
  mkdirSync(bin);
  if (go !== null) writeFileSync(join(bin, 'go'), `#!/bin/sh\n${go}\n`, { mode: 0o755 });
  mkdirSync(cache);
  const done = spawnSync(process.execPath, [file], { env: { PATH: bin, PODFRONT_TEST_CACHE: cache, ...env }, encoding: 'utf8' });
  return { status: done.status, said: done.stdout + done.stderr, built: readdirSync(cache).sort() };
}
