/** Problems of `podfront manifest` and `podfront kubeconfig`, which make podfront's access to a cluster. */
export const accessProblems = {
  'access.not-needed': {
    exit: 2,
    message: '{file} needs nothing of the Kubernetes API: no listen has its pods from there',
    hint: 'set kubeconfig under cluster.api, also before that file is there; records: auto then means endpoints',
  },
  'access.no-admin': {
    exit: 2,
    message: 'there is no kubeconfig of an administrator: {why}',
    hint: 'name one with --admin-kubeconfig or KUBECONFIG; or use kubectl: podfront manifest | kubectl apply -f -, then kubectl create token',
  },
  'access.refused': {
    exit: 3,
    message: 'the Kubernetes API at {server} refuses to {what}: {why}',
    hint: 'is it the kubeconfig of an administrator? some objects may have been made already; the same command goes on from there',
  },
  'access.no-role': {
    exit: 2,
    message: 'there is no ClusterRole {role} in the cluster',
    hint: 'kubectl get clusterroles shows their names, such as view, edit and cluster-admin',
  },
  'access.not-ours': {
    exit: 2,
    message: '{file} is there already, and podfront kubeconfig has not written it',
    hint: 'name another file: only a kubeconfig of its own is replaced',
  },
  'access.taken': {
    exit: 2,
    message: 'there is a ServiceAccount {name} in namespace {namespace} that podfront has not made',
    hint: 'use another name for the user, so that whatever has that account does not get its rights',
  },
  'access.not-signed': {
    exit: 3,
    message: 'the cluster has not signed the client certificate of {user}: {why}',
    hint: 'does kube-controller-manager run, with --cluster-signing-cert-file and --cluster-signing-key-file?',
  },
  'access.shorter': {
    exit: 5,
    message: 'the {what} ends on {date}, sooner than asked for',
    hint: 'the cluster allows no longer one; podfront doctor warns 30 days before',
  },
} as const;
