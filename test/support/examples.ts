import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readScene, type Scene } from '../../demo/scene.ts';
import { certificateFolder, withCertificates } from './certificates.ts';
import type { Need } from './needs.ts';

const root = new URL('../../examples/', import.meta.url);

/** The examples that have a configuration, a cluster and the file they give. */
export const exampleNames: readonly string[] = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(new URL(entry.name, root)).includes('cluster.yaml'))
  .map((entry) => entry.name);

/**
 * Examples speak of 10.0.0.0/24 and 10.1.0.0/16, as their readers do. Tests run them on loopback: 10.a.b.c is 127.a.b.c there,
 * the pods' IPv6 addresses are ::1, and cluster DNS has the port it got.
 */
export function exampleOnLoopback(name: string, nameserver: string): { readonly config: string; readonly expected: string } {
  const ours = (text: string) => text.replace(/10\.0\.0\.254(:53)?/g, nameserver).replace(/\b10\.(?=[01]\.\d+\.\d+)/g, '127.');
  // The default networks are not on loopback: addresses outside the listed ones are refused.
  const networks = '  serviceNetworks: [127.0.0.0/24]\n  podNetworks: [127.1.0.0/16]\n';
  const config = read(name, 'podfront.yaml').replace('fd00:10:1::/56', '::1/128');
  return {
    config: ours(config.includes('podNetworks:') ? config : config.replace(/^cluster:\n/m, `$&${networks}`)),
    expected: ours(read(name, 'haproxy.cfg')),
  };
}

/** The needs of an example beside HAProxy: openssl, where TLS ends in it. */
export function needsOf(name: string): readonly Need[] {
  return read(name, 'podfront.yaml').includes(certificateFolder) ? ['openssl'] : [];
}

/** Writes a configuration, with the certificates it names and the files beside it in the example. */
export function putExample(name: string, config: string, folder: string): void {
  const from = fileURLToPath(new URL(`${name}/`, root));
  for (const file of readdirSync(from)) if (!file.includes('.')) copyFileSync(join(from, file), join(folder, file));
  writeFileSync(join(folder, 'podfront.yaml'), withCertificates(config, join(folder, 'certs')));
}

/** The text with the certificates where it names them in the example. */
export function withoutFolder(text: string, folder: string): string {
  return text.replaceAll(`${join(folder, 'certs')}/`, certificateFolder);
}

/** The example's cluster on loopback. */
export function exampleScene(name: string): Scene {
  return readScene(
    read(name, 'cluster.yaml')
      .replace(/\b10\.(?=[01]\.\d+\.\d+)/g, '127.')
      .replace(/fd00:[\da-f:]+/g, '::1'),
  );
}

/** The reverse, to write haproxy.cfg of an example anew. */
export function asExample(text: string, nameserver: string): string {
  return text.replaceAll(nameserver, '10.0.0.254:53').replace(/\b127\.(?=[01]\.\d+\.\d+)(?!0\.0\.1\b)/g, '10.');
}

export function read(name: string, file: string): string {
  return readFileSync(new URL(`${name}/${file}`, root), 'utf8');
}
