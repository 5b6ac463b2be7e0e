import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { folderOf } from '../folder.ts';
import { needs } from '../needs.ts';

/** ava's `test` for tests that run the image: umoci unpacks it, crun runs it. */
export const containerTest = needs('root', 'umoci', 'crun', 'dpkg-deb');

/** An unpacked image: its root file system, and the runtime configuration that umoci made of the image's own (OCI runtime-spec). */
export interface Image {
  readonly root: string;
  readonly config: RuntimeConfig;
}

/** What the tests read of a runtime configuration, and change in it. */
export interface RuntimeConfig {
  readonly process: {
    readonly user: { readonly uid: number; readonly gid: number };
    readonly args: readonly string[];
    readonly env: readonly string[];
    readonly cwd: string;
  };
  readonly mounts: readonly object[];
  readonly linux: { readonly namespaces: readonly { readonly type: string; readonly path?: string }[] };
}

/** A container to run, as a pod's manifest describes it. */
export interface ContainerSpec {
  /** The command, with its arguments; that of the image by default. */
  readonly args?: readonly string[];
  /** The image's own by default. */
  readonly user?: { readonly uid: number; readonly gid: number; readonly additionalGids?: readonly number[] };
  /** All others are dropped. */
  readonly capabilities?: readonly string[];
  readonly mounts?: readonly { readonly source: string; readonly destination: string; readonly readOnly?: boolean }[];
  /** A process whose network namespace it joins; one of its own by default. */
  readonly network?: number;
  readonly sysctl?: Readonly<Record<string, string>>;
}

/** A container that runs. */
export interface Container {
  /** stdout and stderr so far. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** Unpacks an archive with an OCI layout, as an engine would; throws where umoci finds a fault in it. */
export function unpackImage(t: ExecutionContext, archive: string): Image {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'layout'));
  must('tar', '--extract', '--file', archive, '--directory', join(folder, 'layout'));
  const { manifests } = JSON.parse(readFileSync(join(folder, 'layout/index.json'), 'utf8')) as {
    readonly manifests: readonly { readonly annotations: Readonly<Record<string, string>> }[];
  };
  const tag = manifests[0]?.annotations['org.opencontainers.image.ref.name'];
  must('umoci', 'unpack', '--image', `${join(folder, 'layout')}:${tag}`, join(folder, 'bundle'));
  return {
    root: join(folder, 'bundle/rootfs'),
    config: JSON.parse(readFileSync(join(folder, 'bundle/config.json'), 'utf8')) as RuntimeConfig,
  };
}

/** Starts a container with a read-only root file system, no new privileges and no capability but those given. It ends with the test. */
export function startContainer(t: ExecutionContext, { root, config }: Image, spec: ContainerSpec): Container {
  const folder = folderOf(t);
  const capabilities = [...(spec.capabilities ?? [])];
  const bind = (spec.mounts ?? []).map(({ source, destination, readOnly = false }) => ({
    source,
    destination,
    type: 'bind',
    options: ['bind', readOnly ? 'ro' : 'rw'],
  }));
  const namespaces = config.linux.namespaces.map((one) =>
    one.type === 'network' && spec.network !== undefined ? { ...one, path: `/proc/${spec.network}/ns/net` } : one,
  );
  const bundle = {
    ...config,
    root: { path: root, readonly: true },
    mounts: [...config.mounts, ...bind],
    linux: { ...config.linux, namespaces, ...(spec.sysctl === undefined ? {} : { sysctl: spec.sysctl }) },
    process: {
      ...config.process,
      terminal: false,
      args: spec.args ?? config.process.args,
      user: spec.user ?? config.process.user,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities, inheritable: [], ambient: [] },
      rlimits: [],
      noNewPrivileges: true,
    },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(bundle));
  // crun wants cgroup2 alone, and some machines have both hierarchies: it gets a view of its own. It makes no cgroup.
  const script = `mount --make-rprivate / && mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
    exec crun --root "$1/state" --cgroup-manager=disabled run --bundle "$1" "$2"`;
  const id = `podfront-test-${process.pid}-${started++}`;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--mount', '--cgroup', 'sh', '-c', script, 'sh', folder, id], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const kill = (signal: NodeJS.Signals) =>
    void spawnSync('crun', ['--root', join(folder, 'state'), '--cgroup-manager=disabled', 'kill', id, signal]);
  t.teardown(async () => {
    kill('SIGKILL');
    await ended;
    if (!t.passed) t.log(said);
  });
  return { said: () => said, ended, kill };
}

let started = 0;

function must(program: string, ...args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
}
