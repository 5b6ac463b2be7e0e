// A release: tarball, Debian packages, image, bill of materials, provenance, digests.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildDeb } from './deb.mjs';
import { buildImage } from './image.mjs';
import { provenance } from './provenance.mjs';
import { architectures, provideRuntime } from './runtime.mjs';
import { billOfMaterials } from './sbom.mjs';
import { manifest, root, sourceDate } from './source.mjs';
import { buildTarball } from './tarball.mjs';

/** Builds the release in a folder, which may not hold anything yet; the same bytes for the same inputs. Returns the names of its files. */
export async function buildRelease(folder) {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`);
  const date = sourceDate();
  const runtimes = Object.keys(architectures).map(provideRuntime);
  const { bundled } = await buildTarball(folder, runtimes[0]);
  for (const architecture of Object.keys(architectures)) await buildDeb(folder, { architecture });
  const { packages: debian } = await buildImage(folder);
  const write = (name, value) => writeFileSync(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);
  write(`podfront-${manifest.version}.cdx.json`, billOfMaterials({ bundled, runtimes, debian, date }));
  const files = digestsOf(folder);
  const lockfile = sha256(join(root, 'package-lock.json'));
  write(`podfront-${manifest.version}.provenance.json`, provenance({ files, runtimes, debian, lockfile, date }));
  writeFileSync(
    join(folder, 'SHA256SUMS'),
    digestsOf(folder)
      .map((file) => `${file.sha256}  ${file.name}\n`)
      .join(''),
  );
  return readdirSync(folder).sort();
}

/**
 * Builds the release again and compares it with the provenance in a folder. Returns a sentence for each file that differs, or is missing; none
 * means that the files in the folder are what these sources give.
 */
export async function checkRelease(folder) {
  const name = readdirSync(folder).find((each) => each.endsWith('.provenance.json'));
  if (name === undefined) throw new Error(`${folder} has no provenance`);
  const { subject } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const given = new Map(digestsOf(folder).map((file) => [file.name, file.sha256]));
  const again = mkdtempSync(join(tmpdir(), 'podfront-release-'));
  try {
    await buildRelease(again);
    const built = new Map(digestsOf(again).map((file) => [file.name, file.sha256]));
    return subject.flatMap(({ name: file, digest }) => {
      const faults = [];
      if (given.get(file) !== digest.sha256) faults.push(`${file} is not the file that the provenance is about`);
      if (built.get(file) !== digest.sha256) faults.push(`${file} is another one when it is built from these sources here`);
      return faults;
    });
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
}

function digestsOf(folder) {
  const names = readdirSync(folder).filter((name) => name !== 'SHA256SUMS');
  return names.sort().map((name) => ({ name: basename(name), sha256: sha256(join(folder, name)) }));
}

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
