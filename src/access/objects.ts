import type { Permission } from './permissions.ts';

/** An object of Kubernetes as podfront writes it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: 'ServiceAccount' | 'Role' | 'RoleBinding' | 'ClusterRole' | 'ClusterRoleBinding';
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/** An account for programs and, by its token, for users. */
export interface ServiceAccount {
  readonly name: string;
  readonly namespace: string;
}

/** The account of podfront itself. Its namespace is in every cluster. */
export const ownAccount: ServiceAccount = { name: 'podfront', namespace: 'kube-system' };

const rbac = 'rbac.authorization.k8s.io';
const labels = { 'app.kubernetes.io/managed-by': 'podfront' };

/** The account of podfront with roles and bindings for these permissions, one role for each namespace, in the order of the permissions. */
export function accessObjects(permissions: readonly Permission[]): readonly KubernetesObject[] {
  const namespaces = [...new Set(permissions.map(({ namespace }) => namespace))];
  return [
    accountObject(ownAccount),
    ...namespaces.flatMap((namespace) => {
      const rules = permissions.filter((permission) => permission.namespace === namespace).map(ruleOf);
      const metadata = namespace === null ? { name: ownAccount.name, labels } : { name: ownAccount.name, namespace, labels };
      const kind = namespace === null ? 'ClusterRole' : 'Role';
      const role: KubernetesObject = { apiVersion: `${rbac}/v1`, kind, metadata, rules };
      return [role, bindingOf(role, [accountSubject(ownAccount)])];
    }),
  ];
}

/** The objects of a user: an account, and the binding of a cluster role to it and to the user of that name. */
export function userObjects(account: ServiceAccount, clusterRole: string): readonly KubernetesObject[] {
  const role = { kind: 'ClusterRole' as const, metadata: { name: clusterRole } };
  const user = { apiGroup: rbac, kind: 'User', name: account.name };
  const binding = bindingOf(role, [accountSubject(account), user]);
  return [accountObject(account), { ...binding, metadata: { name: `podfront-user-${account.name}`, labels } }];
}

/** The path of an object in the API. */
export function objectPath({ kind, metadata: { name, namespace } }: KubernetesObject): string {
  const group = kind === 'ServiceAccount' ? '/api/v1' : `/apis/${rbac}/v1`;
  return `${group}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s/${name}`;
}

function accountObject({ name, namespace }: ServiceAccount): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } };
}

function accountSubject({ name, namespace }: ServiceAccount) {
  return { kind: 'ServiceAccount', name, namespace };
}

function ruleOf({ group, resource, verbs, name }: Permission) {
  return { apiGroups: [group], resources: [resource], verbs, ...(name !== null && { resourceNames: [name] }) };
}

function bindingOf(
  role: Pick<KubernetesObject, 'kind'> & { readonly metadata: Partial<KubernetesObject['metadata']> & { readonly name: string } },
  subjects: readonly object[],
): KubernetesObject {
  const { name, namespace } = role.metadata;
  const metadata = namespace === undefined ? { name, labels } : { name, namespace, labels };
  const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  return { apiVersion: `${rbac}/v1`, kind, metadata, roleRef: { apiGroup: rbac, kind: role.kind, name }, subjects };
}
