import type { Env } from '../../system/process.ts';

/**
 * The environment without HAProxy's own variables: with HAPROXY_MWORKER and others set, as they are for a child of HAProxy,
 * a check would take itself for a worker (HAProxy manual 2.4, "Environment variables").
 */
export function withoutHaproxyVariables(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HAPROXY_') && name !== 'NOTIFY_SOCKET'));
}
