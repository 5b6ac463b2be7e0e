// What the image takes from Debian: HAProxy, the C library, and the libraries that these and Node load. Nothing else of their packages but
// the copyright files.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { cacheFolder } from '../cache.mjs';
import { aptFor } from '../debian.mjs';
import { whyNot } from '../packages.mjs';
import { run } from './run.mjs';

/** The release of Debian whose packages are taken: its HAProxy is 3.0, with support until 2029. */
export const suite = 'trixie';

const wanted = ['haproxy', 'libc6', 'libgcc-s1', 'libstdc++6'];
const libraries = 'usr/lib/x86_64-linux-gnu';
const loader = 'usr/lib64/ld-linux-x86-64.so.2';

/**
 * Copies HAProxy to a tree, with the loader and every library that it and `program` (a path) need, and the copyright files of their packages.
 * Without `fresh`, packages that an earlier run fetched are used. Returns the packages, sorted by name: {name, version, sha256}, the digest
 * being that of the .deb. Throws when they cannot be had.
 */
export function writeDebianParts(tree, program, fresh) {
  const work = mkdtempSync(join(tmpdir(), 'podfront-parts-'));
  try {
    const packages = fetched(work, fresh).map((file) => ({ file, folder: join(work, basename(file)), ...fieldsOf(file) }));
    for (const { file, folder } of packages) run('dpkg-deb', ['--extract', file, folder]);
    const used = new Set();
    const take = (path) => {
      const found = packages.find(({ folder }) => existsSync(join(folder, path)));
      if (found === undefined) throw new Error(`no package of Debian's ${suite} has ${path}`);
      used.add(found);
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      // The file itself, by the name that programs load it by.
      cpSync(realpathSync(join(found.folder, path)), join(tree, path));
      return join(tree, path);
    };
    const open = [program, take('usr/sbin/haproxy')];
    take(loader);
    const seen = new Set([basename(loader)]);
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      for (const name of run('patchelf', ['--print-needed', file]).trim().split('\n')) {
        if (name === '' || seen.has(name)) continue;
        seen.add(name);
        open.push(take(`${libraries}/${name}`));
      }
    }
    const byName = [...used].sort((a, b) => (a.name < b.name ? -1 : 1));
    return byName.map(({ name, version, sha256, folder }) => {
      copyCopyright(tree, packages, folder, name);
      return { name, version, sha256 };
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Copies a package's copyright file, whose folder may be a link to that of another package. */
function copyCopyright(tree, packages, folder, name) {
  const documents = join(folder, 'usr/share/doc', name);
  const owner = lstatSync(documents).isSymbolicLink() ? readlinkSync(documents) : name;
  const file = packages.map((other) => join(other.folder, 'usr/share/doc', owner, 'copyright')).find((each) => existsSync(each));
  if (file === undefined) throw new Error(`the package ${name} of Debian's ${suite} has no copyright file`);
  mkdirSync(join(tree, 'usr/share/doc', name), { recursive: true });
  cpSync(file, join(tree, 'usr/share/doc', name, 'copyright'));
}

function fieldsOf(file) {
  const [, name = '', version = ''] =
    /^Package: (.*)\nVersion: (.*)$/m.exec(run('dpkg-deb', ['--field', file, 'Package', 'Version'])) ?? [];
  return { name, version, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
}

/** The .deb files of what is wanted and of the libraries behind it, by name, as Debian has them now or, unless `fresh`, at an earlier run. */
function fetched(work, fresh) {
  const folder = fresh ? join(work, 'debs') : join(cacheFolder(), `image-parts-${suite}`);
  if (!existsSync(folder)) fetchTo(folder, work);
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** Fetches them; the folder is there only when all of them are. */
function fetchTo(folder, work) {
  const reason = whyNot();
  if (reason !== null) throw new Error(reason);
  const apt = aptFor(join(work, 'apt'), [suite]);
  apt('update');
  const plan = apt('--simulate', 'install', '--no-install-recommends', ...wanted);
  const names = [...plan.matchAll(/^Inst (\S+) \(/gm)]
    .map(([, name]) => name)
    .filter((name) => wanted.includes(name) || /^(?:lib|zlib|gcc-\d+-base)/.test(name));
  apt('download', ...names);
  const beside = `${folder}.${process.pid}`;
  mkdirSync(beside, { recursive: true });
  try {
    for (const name of readdirSync(join(work, 'apt')).filter((each) => each.endsWith('.deb')))
      cpSync(join(work, 'apt', name), join(beside, name));
    // Another build may have been faster.
    if (!existsSync(folder)) renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
