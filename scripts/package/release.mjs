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

/**
 * Builds the release in a folder, which may not hold anything yet; the same bytes for the same inputs. With `fresh` the image has the packages
 * that Debian has now, and else may have those of an earlier run. Returns the names of the files.
 */
export async function buildRelease(folder, { fresh = false } = {}) {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`);
  const date = sourceDate();
  const runtimes = Object.keys(architectures).map(provideRuntime);
  const { bundled } = await buildTarball(folder, runtimes[0]);
  for (const architecture of Object.keys(architectures)) await buildDeb(folder, { architecture });
  const { packages: debian } = await buildImage(folder, { fresh });
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
 * Builds the release again and compares it with the provenance in a folder and with the files there. Returns a sentence for each difference;
 * none means that the files in the folder are what these sources give.
 */
export async function checkRelease(folder, { fresh = false } = {}) {
  const again = mkdtempSync(join(tmpdir(), 'podfront-release-'));
  try {
    const [given, told] = [digestMap(folder), statementIn(folder)];
    await buildRelease(again, { fresh });
    const [built, own] = [digestMap(again), statementIn(again)];
    const subjects = new Map(told.subject.map(({ name, digest }) => [name, digest.sha256]));
    const faults = [...new Set([...subjects.keys(), ...given.keys(), ...built.keys()])]
      .sort()
      .flatMap((name) => [
        ...(given.get(name) === subjects.get(name) ? [] : [`${name} is not the file that the provenance is about`]),
        ...(built.get(name) === subjects.get(name) ? [] : [`${name} is another one when it is built from these sources here`]),
      ]);
    return faults.length === 0 ? [] : [...faults, ...differentInputs(told, own)];
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
}

/** What a release was made of and this one is not: it may be the reason why files differ. */
function differentInputs(told, own) {
  const inputs = ({ predicate }) => [
    ...predicate.buildDefinition.resolvedDependencies.map(({ name, uri, digest }) => `${name ?? uri} ${Object.values(digest)}`),
    ...Object.entries(predicate.runDetails.builder.version).map((tool) => tool.join(' ')),
  ];
  const here = new Set(inputs(own));
  return inputs(told)
    .filter((input) => !here.has(input))
    .map((input) => `it was made with another input than this one: ${input}`);
}

function statementIn(folder) {
  const name = readdirSync(folder).find(isProvenance);
  if (name === undefined) throw new Error(`${folder} has no provenance`);
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

/** The digests of what a provenance is about, by name. */
function digestMap(folder) {
  return new Map(digestsOf(folder).flatMap(({ name, sha256 }) => (isProvenance(name) ? [] : [[name, sha256]])));
}

function isProvenance(name) {
  return name.endsWith('.provenance.json');
}

function digestsOf(folder) {
  const names = readdirSync(folder).filter((name) => name !== 'SHA256SUMS');
  return names.sort().map((name) => ({ name: basename(name), sha256: sha256(join(folder, name)) }));
}

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
