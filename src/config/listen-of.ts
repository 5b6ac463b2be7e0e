import { parseBind } from '../haproxy-syntax/bind.ts';
import type { Destination, Listen } from './config.ts';
import type { ListenSettings } from './schema/schema.ts';

/** One listen of the configuration. `withApi`: whether there is `cluster.api`. */
export function listenOf(name: string, settings: ListenSettings, withApi: boolean): Listen {
  const { binds, hosts, serviceName, podPort, servicePort, lbServicePort, sslBackend, check, fallbackServicePort, ...rest } = settings;
  const destination = destinationOf(podPort, servicePort, lbServicePort);
  const records = recordsOf(rest.records, podPort, withApi);
  const autoFallback = fallbackServicePort === 'auto' && records === 'endpoints' ? 'auto' : null;
  const defaultAlpn = rest.mode === 'http' ? ['h2', 'http/1.1'] : [];
  return {
    ...rest,
    name,
    // A listen with a named port has binds: the rules require it.
    binds:
      binds?.map(({ tls, ...bind }) => ({ ...bind, tls: tls === null ? null : { ...tls, alpn: tls.alpn ?? defaultAlpn } })) ??
      (typeof destination.port === 'number' ? [{ ...parseBind(`127.0.0.1:${destination.port}`), tls: null }] : []),
    hosts: hosts ?? [],
    serviceName: serviceName ?? name,
    destination,
    records,
    fallbackServicePort: typeof fallbackServicePort === 'number' ? fallbackServicePort : autoFallback,
    tls: sslBackend,
    check: check !== false,
    checkTls: typeof check === 'boolean' ? { kind: 'none' } : check.tls,
  };
}

/** The records of a listen, with `auto` resolved where the configuration alone determines it. */
function recordsOf(records: Listen['records'], podPort: number | string | null, withApi: boolean): Listen['records'] {
  if (records !== 'auto' || podPort === null) return records;
  if (withApi) return 'endpoints';
  return typeof podPort === 'string' ? 'srv' : 'auto';
}

function destinationOf(podPort: number | string | null, servicePort: number | null, lbServicePort: number | null): Destination {
  if (podPort !== null) return { kind: 'pods', port: typeof podPort === 'number' ? podPort : { name: podPort } };
  return servicePort !== null ? { kind: 'service', port: servicePort } : { kind: 'nodes', port: lbServicePort ?? 0 };
}
