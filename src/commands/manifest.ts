import { accessObjects } from '../access/objects.ts';
import { permissionsOf } from '../access/permissions.ts';
import { loadConfig } from '../config/load.ts';
import type { Context } from '../context.ts';
import { problem } from '../problem/problem.ts';
import { writeResult } from '../system/output.ts';

/**
 * `podfront manifest`: prints the objects of Kubernetes that the configuration needs, for `kubectl apply -f -`.
 * @throws Problem `access.not-needed` where the configuration does not use the Kubernetes API
 */
export async function manifest(context: Context): Promise<number> {
  const { config } = await loadConfig(context.io, context.config);
  const permissions = permissionsOf(config);
  if (permissions.length === 0) throw problem('access.not-needed', { file: config.file });
  const { stringify } = await import('yaml');
  const documents = accessObjects(permissions).map((object) => stringify(object));
  writeResult(context.io.stdout, documents.join('---\n'));
  return 0;
}
