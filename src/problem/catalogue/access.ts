/** Problems of `podfront manifest` and `podfront kubeconfig`, which make podfront's access to a cluster. */
export const accessProblems = {
  'access.not-needed': {
    exit: 2,
    message: '{file} needs nothing of the Kubernetes API: no listen has its pods from there',
    hint: 'set kubeconfig under cluster.api, even before that file exists; records: auto then means endpoints',
  },
  'access.no-admin': {
    exit: 2,
    message: 'there is no kubeconfig of an administrator: {why}',
    hint: 'name one with --admin-kubeconfig or KUBECONFIG; or use kubectl: podfront manifest | kubectl apply -f -, then kubectl create token',
  },
  'access.refused': {
    exit: 3,
    message: 'the Kubernetes API at {server} refuses to {what}: {why}',
    hint: 'is it the kubeconfig of an administrator? some objects may exist already; running the command again is safe',
  },
  'access.no-role': {
    exit: 2,
    message: 'there is no ClusterRole {role} in the cluster',
    hint: 'kubectl get clusterroles shows their names, such as view, edit and cluster-admin',
  },
  'access.not-ours': {
    exit: 2,
    message: '{file} exists already, and was not written by podfront kubeconfig',
    hint: 'name another file: only a kubeconfig of its own is replaced',
  },
  'access.taken': {
    exit: 2,
    message: 'there is a ServiceAccount {name} in namespace {namespace} that podfront did not create',
    hint: 'choose another name for the user, so that existing users of that account do not get its permissions',
  },
  'access.not-signed': {
    exit: 3,
    message: 'the cluster has not signed the client certificate of {user}: {why}',
    hint: 'does kube-controller-manager run, with --cluster-signing-cert-file and --cluster-signing-key-file?',
  },
  'access.shorter': {
    exit: 5,
    message: 'the {what} ends on {date}, sooner than asked for',
    hint: 'the cluster limits how long it lasts; podfront doctor warns 30 days before the end',
  },
} as const;
