import { type ControlPlane, kubeconfigText } from './control-plane.ts';

/** The path of roles and bindings of the namespace default. */
export const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';

/** A kubeconfig of a ServiceAccount that may read Services and slices of the namespace default. */
export async function makeReader(plane: ControlPlane, name: string): Promise<string> {
  const { ok } = plane;
  await ok('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name } });
  const verbs = ['get', 'list', 'watch'];
  const rules = [
    { apiGroups: [''], resources: ['services'], verbs },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
  ];
  await ok('POST', `${rbac}/roles`, { metadata: { name }, rules });
  await bindReader(plane, name);
  return kubeconfigText(plane.url, plane.authority, { token: await tokenOf(plane, name) });
}

/** A token of a ServiceAccount of the namespace default. */
export async function tokenOf({ ok }: ControlPlane, name: string): Promise<string> {
  const { body } = await ok('POST', `/api/v1/namespaces/default/serviceaccounts/${name}/token`, { spec: { expirationSeconds: 3600 } });
  return (body as { readonly status: { readonly token: string } }).status.token;
}

/** Gives the ServiceAccount its role. */
export async function bindReader({ ok }: ControlPlane, name: string): Promise<void> {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'default' }];
  await ok('POST', `${rbac}/rolebindings`, { metadata: { name }, roleRef, subjects });
}
