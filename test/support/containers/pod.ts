import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { folderOf } from '../folder.ts';
import { type Container, type Image, startContainer } from './container.ts';

interface SecurityContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  readonly fsGroup?: number;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
}

/** What the tests read of a pod's specification. */
export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: SecurityContext;
  readonly containers: readonly {
    readonly name: string;
    readonly command?: readonly string[];
    readonly args?: readonly string[];
    readonly securityContext: SecurityContext;
    readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: number; readonly host?: string } };
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  }[];
  readonly volumes: readonly {
    readonly name: string;
    readonly emptyDir?: object;
    readonly configMap?: { readonly name: string };
    readonly projected?: object;
  }[];
}

/** What a pod gets from its cluster. */
export interface Surroundings {
  /** The process whose network namespace it has. */
  readonly network: number;
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The files of the projected token. */
  readonly token: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the containers of a pod, as a kubelet reads its specification. They end with the test. */
export function startPod(
  t: ExecutionContext,
  image: Image,
  spec: PodSpec,
  surroundings: Surroundings,
): ReadonlyMap<string, () => Container> {
  const folder = folderOf(t);
  chmodSync(folder, 0o755);
  const { fsGroup = 0 } = spec.securityContext;
  for (const { name, configMap, projected } of spec.volumes) {
    const volume = join(folder, name);
    mkdirSync(volume);
    const files = configMap !== undefined ? surroundings.configMaps[configMap.name] : projected !== undefined ? surroundings.token : {};
    if (files === undefined) throw new Error(`there is no ConfigMap ${configMap?.name}`);
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(join(volume, file), text);
      chownSync(join(volume, file), 0, fsGroup);
      // A token is readable for the group alone, other files for everybody (Kubernetes, volumes, defaultMode).
      chmodSync(join(volume, file), projected === undefined ? 0o644 : 0o640);
    }
    // As the kubelet does for fsGroup (Kubernetes, security context): the group may write, and files of the folder get it.
    chownSync(volume, 0, fsGroup);
    chmodSync(volume, 0o2775);
  }
  return new Map(
    spec.containers.map(({ name, command, args = [], securityContext, volumeMounts }) => {
      const context = { ...spec.securityContext, ...securityContext };
      if (context.readOnlyRootFilesystem !== true || context.allowPrivilegeEscalation !== false)
        throw new Error(`${name}: containers are run with a read-only root and no new privileges only`);
      const uid = context.runAsUser ?? image.config.process.user.uid;
      if (uid === 0 && context.runAsNonRoot === true) throw new Error(`${name}: the kubelet refuses to run it as root`);
      const env = Object.entries(surroundings.env).map(([key, value]) => `${key}=${value}`);
      const [entry = ''] = image.config.process.args;
      const start = () =>
        startContainer(
          t,
          { ...image, config: { ...image.config, process: { ...image.config.process, env: [...image.config.process.env, ...env] } } },
          {
            args: [...(command ?? [entry]), ...args],
            user: { uid, gid: context.runAsGroup ?? image.config.process.user.gid, additionalGids: [fsGroup] },
            capabilities: (context.capabilities?.add ?? []).map((capability) => `CAP_${capability}`),
            mounts: volumeMounts.map((mount) => ({
              source: join(folder, mount.name),
              destination: mount.mountPath,
              readOnly: mount.readOnly ?? false,
            })),
            network: surroundings.network,
          },
        );
      return [name, start] as const;
    }),
  );
}
