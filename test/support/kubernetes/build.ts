import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';

/** What is built, each with the folder of its go.mod, and the programs that it makes there. */
export const parts = {
  'kubernetes-1.37.2': { folder: 'current', programs: ['kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kubectl'] },
  // The oldest that can be built: the modules of earlier ones lack Go code that is generated (pkg/generated/openapi).
  'kubernetes-1.24.17': { folder: 'oldest', programs: ['kube-apiserver', 'kube-controller-manager'] },
  // The module's main package is named after its folder.
  'etcd-3.6.14': { folder: 'etcd', programs: ['server'] },
  'metallb-0.15.2': { folder: 'metallb', programs: ['controller'] },
} as const;

export type Part = keyof typeof parts;
/** A Kubernetes of which a control plane can be started. */
export type KubernetesPart = Extract<Part, `kubernetes-${string}`>;

/** Every one of them: the current one, and the oldest that can be built. */
export const kubernetesVersions: readonly KubernetesPart[] = ['kubernetes-1.37.2', 'kubernetes-1.24.17'];

/** The parts that tests need; the others are anchors of benches, which build them. */
export const testParts: readonly Part[] = [...kubernetesVersions, 'etcd-3.6.14'];

/** Where the programs of a part are, or will be: outside the project, by what they are made from. */
export function folderOfPart(part: Part): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(sourceOf(part), file)));
  const cache = env.PODFRONT_TEST_CACHE ?? join(homedir(), '.cache', 'podfront-test');
  return join(cache, `${part}-${hash.digest('hex').slice(0, 12)}`);
}

/** The programs of a part, by their paths. */
export function programsOf(part: Part): readonly string[] {
  return parts[part].programs.map((program) => join(folderOfPart(part), program));
}

/** Whether every program is there. */
export function isBuilt(): boolean {
  return testParts.every((part) => programsOf(part).every((program) => existsSync(program)));
}

/**
 * Builds the programs of a part from the Go module proxy, where they are not built yet: some minutes the first time. `go install` refuses
 * modules with `replace` lines, as Kubernetes has them, so each part is a module of its own that names the programs as its tools.
 * Throws when Go cannot.
 */
export function build(part: Part): void {
  const folder = folderOfPart(part);
  if (programsOf(part).every((program) => existsSync(program))) return;
  mkdirSync(join(folder, '..'), { recursive: true });
  stdout.write(`building ${part}\n`);
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  // `tool` stands for all of them: what they have in common is compiled once.
  const args = ['build', '-mod=mod', '-buildvcs=false', '-ldflags=-s -w', '-o', `${unfinished}/`, 'tool'];
  const { status, error } = spawnSync('go', args, { cwd: sourceOf(part), stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`go build failed for ${part}: ${error?.message ?? `it ended with ${status}`}`);
  const missing = parts[part].programs.filter((program) => !existsSync(join(unfinished, program)));
  if (missing.length > 0) throw new Error(`go build ended well for ${part}, but made no ${missing.join(', ')}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
}

/** The folder of the source of a module that a part is made from, where it is built. */
export function moduleFolder(part: Part, module: string): string {
  const { stdout: folder } = spawnSync('go', ['list', '-mod=mod', '-m', '-f', '{{.Dir}}', module], {
    cwd: sourceOf(part),
    encoding: 'utf8',
  });
  return folder.trim();
}

function sourceOf(part: Part): string {
  return fileURLToPath(new URL(parts[part].folder, import.meta.url));
}
