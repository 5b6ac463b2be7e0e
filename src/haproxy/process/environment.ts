export type HaproxyEnv = Readonly<Record<string, string | undefined>>;

/**
 * The environment without HAProxy's own variables: with HAPROXY_MWORKER and others set, as they are for a child of HAProxy,
 * a check would take itself for a worker (HAProxy manual 2.4, "Environment variables").
 */
export function withoutHaproxyVariables(env: HaproxyEnv): HaproxyEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HAPROXY_') && name !== 'NOTIFY_SOCKET'));
}
