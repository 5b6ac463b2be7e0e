// How a release was made, as an in-toto statement with SLSA provenance (slsa.dev/spec/v1.0/provenance). It is not signed: whoever wants to be
// sure builds the release again from the same inputs, and compares the digests.
import { spawnSync } from 'node:child_process';
import { arch, version as nodeVersion, platform } from 'node:process';
import { manifest, sourceCommit } from './source.mjs';

/**
 * The statement about files, given as {name, sha256}. `runtimes` and `debian` are what provideRuntime and buildImage return, `date` is in
 * seconds since 1970.
 */
export function provenance({ files, runtimes, debian, lockfile, date }) {
  const { commit, changed } = sourceCommit();
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        // docs/release.md says what it means.
        buildType: 'https://example.org/podfront/release/v1',
        externalParameters: { command: 'npm run release', version: manifest.version, SOURCE_DATE_EPOCH: date },
        internalParameters: { changedFiles: changed },
        resolvedDependencies: [
          ...(commit === null ? [] : [{ name: 'podfront', digest: { gitCommit: commit } }]),
          { name: 'package-lock.json', digest: { sha256: lockfile } },
          ...runtimes.map(({ name, version, integrity }) => ({ uri: `pkg:npm/${name}@${version}`, digest: { sha512: hexOf(integrity) } })),
          ...debian.map(({ name, version, sha256 }) => ({
            uri: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=amd64`,
            digest: { sha256 },
          })),
        ],
      },
      runDetails: { builder: { id: 'https://example.org/podfront/release/by-hand-or-ci', version: tools() } },
    },
  };
}

/** The versions of the tools whose output is in the files. */
function tools() {
  const firstLine = (program, ...args) =>
    spawnSync(program, args, { encoding: 'utf8', env: { PATH: process.env.PATH, LC_ALL: 'C' } }).stdout?.split('\n')[0] ?? '';
  return {
    node: nodeVersion,
    platform: `${platform}-${arch}`,
    ...Object.fromEntries(['tar', 'gzip', 'xz', 'dpkg-deb'].map((program) => [program, firstLine(program, '--version')])),
  };
}

function hexOf(integrity) {
  return Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
}
