// What is in a release, as CycloneDX 1.5 (cyclonedx.org/docs/1.5/json): the packages of package-lock.json, Node, and Debian's packages in the image.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifest, root } from './source.mjs';

/**
 * The bill of materials, the same for the same release. `bundled` are the folders of the packages in the bundle; those that only build or test
 * it are listed with the scope `excluded`. `runtimes` and `debian` are what provideRuntime and buildImage return.
 */
export function billOfMaterials({ bundled, runtimes, debian, date }) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const folders = Object.keys(packages).filter((folder) => folder !== '');
  const own = { type: 'application', 'bom-ref': npmUrl(manifest.name, manifest.version), name: manifest.name, version: manifest.version };
  const components = [
    ...folders.map((folder) => npmComponent(folder, packages[folder], bundled.includes(folder))),
    ...runtimes.map(runtimeComponent),
    ...debian.map(debianComponent),
  ];
  const direct = folders.filter(
    (folder) => bundled.includes(folder) && manifest.devDependencies[nameOf(folder)] !== undefined && !folder.includes('/node_modules/'),
  );
  const dependencies = [
    {
      ref: own['bom-ref'],
      dependsOn: [
        ...direct.map((folder) => refOf(folder, packages)),
        ...[...runtimes.map(runtimeComponent), ...debian.map(debianComponent)].map((one) => one['bom-ref']),
      ].sort(),
    },
    ...folders.map((folder) => ({ ref: refOf(folder, packages), dependsOn: needed(folder, packages).map((one) => refOf(one, packages)) })),
  ];
  const content = {
    metadata: {
      timestamp: new Date(date * 1000).toISOString(),
      tools: { components: [{ type: 'application', name: 'npm run release', version: manifest.version }] },
      component: { ...own, description: manifest.description, licenses: [{ license: { id: manifest.license } }], purl: own['bom-ref'] },
    },
    components: unique(components, 'bom-ref'),
    dependencies: unique(dependencies, 'ref'),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: serialOf(content),
    version: 1,
    ...content,
  };
}

function npmComponent(folder, { version, license, integrity }, isBundled) {
  const name = nameOf(folder);
  return {
    type: 'library',
    'bom-ref': npmUrl(name, version),
    name,
    version,
    scope: isBundled ? 'required' : 'excluded',
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
    ...(license === undefined ? {} : { licenses: [/^[\w.-]+$/.test(license) ? { license: { id: license } } : { expression: license }] }),
    purl: npmUrl(name, version),
  };
}

function runtimeComponent({ name, version, integrity }) {
  const url = npmUrl(name, version);
  return {
    type: 'platform',
    'bom-ref': url,
    name,
    version,
    scope: 'required',
    hashes: [hashOf(integrity)],
    licenses: [{ license: { id: 'MIT' } }],
    purl: url,
  };
}

function debianComponent({ name, version, sha256 }) {
  const url = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=amd64`;
  return { type: 'library', 'bom-ref': url, name, version, scope: 'required', hashes: [{ alg: 'SHA-256', content: sha256 }], purl: url };
}

/** The folders of what a package needs, found as Node finds them: the nearest node_modules upwards. */
function needed(folder, packages) {
  const names = Object.keys({ ...packages[folder].dependencies, ...packages[folder].optionalDependencies });
  return names.flatMap((name) => {
    for (let from = folder; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
      const candidate = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`;
      if (packages[candidate] !== undefined) return [candidate];
      if (from === '') return [];
    }
  });
}

function nameOf(folder) {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function refOf(folder, packages) {
  return npmUrl(nameOf(folder), packages[folder].version);
}

/** A package URL (github.com/package-url/purl-spec): the scope's @ is percent-encoded. */
function npmUrl(name, version) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** npm's `sha512-BASE64` as CycloneDX has it. */
function hashOf(integrity) {
  const [, digest = ''] = /^sha512-(\S+)$/.exec(integrity) ?? [];
  return { alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') };
}

/** The first of each; a package may be in several folders. */
function unique(items, key) {
  return [...new Map(items.toReversed().map((item) => [item[key], item])).values()].toSorted((a, b) => (a[key] < b[key] ? -1 : 1));
}

/** A UUID that follows from the content (RFC 9562, version 8). */
function serialOf(content) {
  const hex = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
