import type { Config, Listen } from '../../config/config.ts';

/** The fully qualified name of a listen's service, without final dot (a trailing one broke HAProxy 2.4.8, haproxy#1528). */
export function serviceName(config: Config, listen: Listen): string {
  return `${listen.serviceName}.${listen.namespace}.svc.${config.cluster.domain}`;
}

/** The name of the Service that takes over where no pod is left. */
export function fallbackName(config: Config, listen: Listen): string {
  return serviceName(config, { ...listen, serviceName: listen.fallbackServiceName ?? listen.serviceName });
}
