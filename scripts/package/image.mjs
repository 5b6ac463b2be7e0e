// The image, as an OCI layout (github.com/opencontainers/image-spec, image-layout.md) in one tar archive. It is made from nothing: HAProxy and
// libraries from Debian's packages, Node, and podfront. There is no shell in it, and no package manager.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDebianParts } from './debian-parts.mjs';
import { run } from './run.mjs';
import { provideRuntime } from './runtime.mjs';
import { manifest, root, sourceCommit, sourceDate } from './source.mjs';
import { home, normalise, writeProgram, writeTo } from './tree.mjs';

const user = 65532;
const types = {
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  config: 'application/vnd.oci.image.config.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
};

/**
 * Builds podfront-VERSION-image-amd64.tar in a folder. Returns {file, packages}: its path, and the packages of Debian that are in it, which with
 * `fresh` are those that Debian has now. The same bytes for the same sources, runtime, packages and tools. Only for amd64: the code cache is made
 * by the runtime that it is for.
 */
export async function buildImage(folder, { fresh = false } = {}) {
  const work = mkdtempSync(join(tmpdir(), 'podfront-image-'));
  try {
    const date = sourceDate();
    const runtime = provideRuntime('amd64');
    // What changes seldom is a layer of its own, so that an upgrade transfers the other one.
    const [base, program] = [join(work, 'base'), join(work, 'program')];
    const packages = writeBase(base, runtime, fresh);
    await writeProgram(program, 'amd64', runtime);
    mkdirSync(join(base, home), { recursive: true });
    renameSync(join(program, home, 'node'), join(base, home, 'node'));
    writeTo(program, 'usr/share/doc/podfront/copyright', readFileSync(join(root, 'LICENSE')));

    const layout = join(work, 'layout');
    mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
    const layers = [base, program].map((tree) => writeLayer(layout, tree, date));
    const config = writeJson(layout, types.config, configuration(layers, date));
    const descriptors = layers.map(({ descriptor }) => descriptor);
    const image = writeJson(layout, types.manifest, { schemaVersion: 2, mediaType: types.manifest, config, layers: descriptors });
    const named = {
      ...image,
      platform: { architecture: 'amd64', os: 'linux' },
      annotations: { 'org.opencontainers.image.ref.name': manifest.version },
    };
    writeTo(layout, 'index.json', JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: [named] }));
    writeTo(layout, 'oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' }));

    normalise(layout, date);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `podfront-${manifest.version}-image-amd64.tar`);
    pack(layout, file, date);
    return { file, packages };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Everything but podfront itself. Returns the packages of Debian that are in it. */
function writeBase(tree, runtime, fresh) {
  for (const path of [
    'usr/bin',
    'usr/sbin',
    'usr/lib',
    'usr/lib64',
    'etc/podfront',
    'run/haproxy',
    'run/podfront',
    'var/lib/podfront',
    'tmp',
  ])
    mkdirSync(join(tree, path), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(tree, name));
  writeTo(tree, 'etc/passwd', `root:x:0:0:root:/:/nonexistent\npodfront:x:${user}:${user}:podfront:/var/lib/podfront:/nonexistent\n`);
  writeTo(tree, 'etc/group', `root:x:0:\npodfront:x:${user}:\n`);
  writeTo(tree, 'usr/share/doc/nodejs/copyright', readFileSync(runtime.licence));
  return writeDebianParts(tree, runtime.node, fresh);
}

/** Packs a tree as a layer. Returns its descriptor, and the digest of what is in it before compression. */
function writeLayer(layout, tree, date) {
  normalise(tree, date);
  const file = join(layout, 'layer.tar');
  pack(tree, file, date);
  const content = digestOf(readFileSync(file));
  run('gzip', ['--no-name', '-6', file]);
  const descriptor = blob(layout, types.layer, readFileSync(`${file}.gz`));
  rmSync(`${file}.gz`);
  return { descriptor, content };
}

/** The configuration of the image (config.md of the specification). */
function configuration(layers, date) {
  const created = new Date(date * 1000).toISOString();
  const { commit } = sourceCommit();
  return {
    created,
    architecture: 'amd64',
    os: 'linux',
    config: {
      User: `${user}:${user}`,
      Env: ['PATH=/usr/sbin:/usr/bin'],
      Entrypoint: ['/usr/bin/podfront'],
      Cmd: ['watch'],
      WorkingDir: '/var/lib/podfront',
      Labels: {
        'org.opencontainers.image.title': manifest.name,
        'org.opencontainers.image.description': manifest.description,
        'org.opencontainers.image.version': manifest.version,
        'org.opencontainers.image.licenses': manifest.license,
        ...(commit === null ? {} : { 'org.opencontainers.image.revision': commit }),
      },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ content }) => content) },
    history: ['HAProxy, libraries and Node', 'podfront'].map((comment) => ({ created, created_by: 'npm run package:image', comment })),
  };
}

function writeJson(layout, mediaType, value) {
  return blob(layout, mediaType, Buffer.from(JSON.stringify(value)));
}

/** Writes a blob by its digest, and returns its descriptor (descriptor.md). */
function blob(layout, mediaType, bytes) {
  const digest = digestOf(bytes);
  const file = join(layout, 'blobs', digest.replace(':', '/'));
  writeFileSync(file, bytes);
  return { mediaType, digest, size: statSync(file).size };
}

function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** One archive of a folder, the same for the same content. */
function pack(folder, file, date) {
  const same = ['--sort=name', '--format=ustar', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${date}`];
  run('tar', ['--create', '--file', file, '--directory', folder, ...same, '.']);
}
