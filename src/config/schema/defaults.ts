/** The defaults that both the schema and the rules need, as a user would write them. */
export const serviceNetworksDefault = ['10.0.0.0/24'];
export const domainDefault = 'cluster.local';
export const namespaceDefault = 'default';
export const outputDefault = '/etc/haproxy/haproxy.cfg';
export const layoutDefault = 'full';
export const statsDefault = '127.0.0.1:8000';
export const settleDefaults = { min: '200ms', max: '5s' } as const;
