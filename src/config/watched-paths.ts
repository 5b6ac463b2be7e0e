import type { WatchedFiles } from '../system/file-watch.ts';
import type { BackendTls, Config } from './config.ts';

/**
 * The files and folders that a configuration depends on, whether they exist or not.
 *
 * @param path the path of the configuration itself
 */
export function watchedPaths({ cluster, haproxy, listens }: Config, path: string): WatchedFiles {
  const accounts = listens.flatMap(({ basicAuth }) => [basicAuth?.file ?? [], basicAuth?.groupFile ?? []].flat());
  const certificates = listens.flatMap(({ binds, tls, checkTls }) => [
    ...binds.flatMap((bind) => bind.tls?.crt ?? []),
    ...authorityOf(tls),
    ...authorityOf(checkTls),
  ]);
  const kubeconfig = cluster.api?.kind === 'kubeconfig' ? [cluster.api.file] : [];
  return {
    read: unique([path, kubeconfig, haproxy.templates ?? [], haproxy.with, accounts].flat()),
    stamped: unique(certificates),
  };
}

function authorityOf(tls: BackendTls): readonly string[] {
  return tls.kind === 'verified' ? [tls.caFile] : [];
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}
