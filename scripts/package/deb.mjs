// The Debian package: its files, what dpkg needs beside them, and the archive.
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { gzipSync } from 'node:zlib';
import { requireMade } from '../made.mjs';
import { run } from './run.mjs';
import { provideRuntime } from './runtime.mjs';
import { manifest, releases, root, sourceDate } from './source.mjs';
import { copyTo, entriesOf, home, normalise, replaceIn, writeProgram, writeTo } from './tree.mjs';

const configuration = 'etc/podfront/podfront.yaml';
const documents = 'usr/share/doc/podfront';
const unit = 'usr/lib/systemd/system/podfront.service';

/** Files of the package that are files of the sources. */
const copies = {
  [configuration]: 'examples/systemd/podfront.yaml',
  [unit]: 'examples/systemd/podfront.service',
  'usr/lib/sysusers.d/podfront.conf': 'examples/systemd/podfront.sysusers',
  'usr/lib/tmpfiles.d/podfront.conf': 'examples/systemd/podfront.tmpfiles',
  'usr/share/polkit-1/rules.d/50-podfront.rules': 'examples/systemd/podfront.rules',
  'usr/share/podfront/haproxy.service.d/podfront.conf': 'examples/systemd/haproxy-podfront.conf',
  'usr/share/lintian/overrides/podfront': 'packaging/debian/lintian-overrides',
};

/** Where each shell looks for completions of packages. */
const completions = {
  bash: 'usr/share/bash-completion/completions/podfront',
  zsh: 'usr/share/zsh/vendor-completions/_podfront',
  fish: 'usr/share/fish/vendor_completions.d/podfront.fish',
};

/**
 * Builds podfront_VERSION_ARCHITECTURE.deb in a folder, and returns its path: the same bytes for the same sources, runtime, date and tools.
 * `version` is for tests of upgrades, and so is `compression`: xz takes most of the time.
 */
export async function buildDeb(folder, { architecture = 'amd64', version = manifest.version, compression = 'xz' } = {}) {
  const work = mkdtempSync(join(tmpdir(), 'podfront-deb-'));
  try {
    const tree = join(work, 'tree');
    const date = sourceDate();
    const runtime = provideRuntime(architecture);
    await writeProgram(tree, architecture, runtime);
    writeSystemFiles(tree);
    writeDocuments(tree, runtime, version, date);
    writeControl(tree, architecture, version);
    normalise(tree, date);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `podfront_${version}_${architecture}.deb`);
    // Level 6 makes it 14 % smaller and takes eight times as long. One thread: several would cut the data in other places.
    const packing = compression === 'xz' ? ['-Zxz', '-z1', '--threads-max=1'] : [`-Z${compression}`];
    run('dpkg-deb', ['--root-owner-group', ...packing, '--build', tree, file], { env: { SOURCE_DATE_EPOCH: `${date}` } });
    requireMade('npm run package:deb', file);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function writeSystemFiles(tree) {
  for (const [path, source] of Object.entries(copies)) copyTo(tree, path, source);
  // The file is as one installs it by hand; here the package knows where its parts are.
  replaceIn(join(tree, unit), "# npm's own prefix on Debian; `command -v podfront` tells where it is.\n", '');
  replaceIn(join(tree, unit), '/usr/local/bin/podfront', '/usr/bin/podfront');
  replaceIn(join(tree, unit), `# /etc/systemd/system/podfront.service; `, `# /${unit}; `);
  for (const path of Object.keys(copies).filter((each) => /\.d\/.*podfront\.(conf|rules)$/.test(each))) {
    const text = readFileSync(join(tree, path), 'utf8');
    writeTo(tree, path, text.replace(/\/etc\/(sysusers\.d|tmpfiles\.d|polkit-1\/rules\.d)\/[\w.-]+/, `/${path}`));
  }
  for (const [shell, path] of Object.entries(completions)) writeTo(tree, path, podfront(tree, 'completion', shell));
  writeTo(tree, 'usr/share/man/man1/podfront.1.gz', gzipSync(readFileSync(join(root, 'man/podfront.1')), { level: 9 }));
}

/** What the program of a tree says, run by the Node that packs. */
function podfront(tree, ...args) {
  return run(process.execPath, [join(tree, home, 'dist/main.js'), ...args], { cwd: tree });
}

function writeDocuments(tree, runtime, version, date) {
  // Side by side, as in the sources, so that the links of the pages lead somewhere. The pages themselves are served by the status address.
  cpSync(join(root, 'examples'), join(tree, documents, 'examples'), { recursive: true });
  symlinkSync('../../../lib/podfront/docs', join(tree, documents, 'docs'));
  writeTo(tree, `${documents}/changelog.gz`, gzipSync(changelog(version, date), { level: 9 }));
  const parts = [
    `podfront ${version}\nhttps://www.debian.org/doc/debian-policy/ asks for this file: the licences of all parts of this package.\n`,
    readFileSync(join(root, 'LICENSE'), 'utf8'),
    `/${home}/dist/podfront.js is made of podfront and of the packages below.\n`,
    readFileSync(join(tree, home, 'dist/LICENSES.txt'), 'utf8'),
    `/${home}/node is Node.js ${runtime.version}, unchanged, with the licence that follows.\n`,
    readFileSync(runtime.licence, 'utf8'),
  ];
  writeTo(tree, `${documents}/copyright`, parts.join(`\n${'='.repeat(80)}\n\n`));
}

/** CHANGELOG.md in the form that Debian asks for (deb-changelog(5)): one entry, with what users notice in this version. */
function changelog(version, date) {
  const text = releases().find((release) => release.version === version)?.text ?? '- Not released yet.';
  const items = text
    .split(/^- /m)
    .slice(1)
    .map((item) =>
      item
        .replace(/\n#[\s\S]*$/, '')
        .trim()
        .replace(/\s*\n\s*/g, ' '),
    );
  const lines = items.flatMap((item) => wrap(item, 74).map((line, i) => (i === 0 ? `  * ${line}` : `    ${line}`)));
  const day = new Date(date * 1000).toUTCString().replace('GMT', '+0000');
  return `podfront (${version}) unstable; urgency=medium\n\n${lines.join('\n')}\n\n -- ${maintainer()}  ${day}\n`;
}

/** The words of a text in lines of at most `width` characters, unless one word is longer. */
function wrap(text, width) {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/** Who answers for the package, by the variables of Debian's tools (dch(1)). */
function maintainer() {
  return `${env.DEBFULLNAME ?? 'the podfront authors'} <${env.DEBEMAIL ?? 'podfront@example.org'}>`;
}

/** DEBIAN/: the control file, the scripts, and the digests of all files but those of /etc. */
function writeControl(tree, architecture, version) {
  const entries = entriesOf(tree).map((name) => ({ name, stats: lstatSync(join(tree, name)) }));
  // In KiB; each file, link and folder counts as its size in whole KiB, at least one (deb-substvars(5)).
  const size = entries.reduce((sum, { stats }) => sum + (stats.isFile() ? Math.ceil(stats.size / 1024) : 1), 0);
  const values = { VERSION: version, ARCHITECTURE: architecture, MAINTAINER: maintainer(), INSTALLED_SIZE: `${size}` };
  const control = readFileSync(join(root, 'packaging/debian/control'), 'utf8');
  writeTo(
    tree,
    'DEBIAN/control',
    control.replace(/@(\w+)@/g, (_, name) => values[name]),
  );
  writeTo(tree, 'DEBIAN/conffiles', `/${configuration}\n`);
  const files = entries.flatMap(({ name, stats }) => (stats.isFile() && !name.startsWith('etc/') ? [name] : []));
  const sums = files.map((name) => `${md5(join(tree, name))}  ${name}\n`);
  writeTo(tree, 'DEBIAN/md5sums', sums.join(''));
  for (const script of ['postinst', 'prerm', 'postrm']) {
    copyTo(tree, `DEBIAN/${script}`, `packaging/debian/${script}`);
    chmodSync(join(tree, 'DEBIAN', script), 0o755);
  }
}

function md5(file) {
  return createHash('md5').update(readFileSync(file)).digest('hex');
}
