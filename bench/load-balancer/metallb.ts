import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { folderOfPart, moduleFolder, programsOf } from '../../test/support/kubernetes/build.ts';
import type { Scene } from '../kubernetes/scene.ts';

/** The class of the Services that MetalLB serves here. */
export const metallbClass = 'example.org/metallb';

/**
 * Starts MetalLB's controller, which gives Services their addresses; its speaker, which would announce them, does not run. Resolves once it
 * has the pool 198.19.0.0/20.
 *
 * @returns what ends it
 */
export async function startMetallb({ plane }: Scene): Promise<() => Promise<void>> {
  const env = { ...process.env, KUBECONFIG: plane.adminKubeconfig, METALLB_NAMESPACE: 'default' };
  const kubectl = (args: readonly string[], input?: string) => {
    const { status, stderr } = spawnSync(join(folderOfPart('kubernetes-1.37.2'), 'kubectl'), args, { env, input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  };
  kubectl(['apply', '-f', join(moduleFolder('metallb-0.15.2', 'go.universe.tf/metallb'), 'config', 'crd', 'bases')]);
  kubectl(['wait', '--for=condition=established', 'crd', '--all']);
  const pool = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name: 'pool', namespace: 'default' } };
  kubectl(['apply', '-f', '-'], JSON.stringify({ ...pool, spec: { addresses: ['198.19.0.0/20'] } }));
  const [controller = ''] = programsOf('metallb-0.15.2');
  const args = ['--webhook-mode=disabled', '--disable-cert-rotation', `--lb-class=${metallbClass}`, '--log-level=info'];
  const child = spawn(controller, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const orphan = () => child.kill('SIGKILL');
  process.once('exit', orphan);
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('"config reloaded"')) resolve();
    });
    child.once('exit', () => reject(new Error(`MetalLB ended: ${said.slice(-2_000)}`)));
  });
  return async () => {
    process.off('exit', orphan);
    const over = once(child, 'exit');
    child.kill('SIGKILL');
    await over;
  };
}
