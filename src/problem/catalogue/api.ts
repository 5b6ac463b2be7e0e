/** Problems of asking the Kubernetes API. */
export const apiProblems = {
  'api.kubeconfig': {
    exit: 2,
    message: 'kubeconfig {file} cannot be used: {why}',
    hint: '{hint}',
  },
  'api.credentials': {
    exit: 2,
    message: 'the credentials of {file} cannot be used: {why}',
    hint: 'create new ones with podfront kubeconfig, and put the file in place; podfront reads it again',
  },
  'api.not-in-cluster': {
    exit: 2,
    message: 'cluster.api is inCluster, but this is not a pod of a cluster: {why}',
    hint: 'on a VM, set kubeconfig under cluster.api; in a pod, let automountServiceAccountToken be true',
  },
  'api.insecure': {
    exit: 2,
    message: '{file} has insecure-skip-tls-verify: whoever is between this VM and {server} can read the credentials and invent pods',
    hint: 'use certificate-authority-data of the cluster instead; podfront kubeconfig writes it',
  },
  'api.unreachable': {
    exit: 3,
    message: 'the Kubernetes API at {server} cannot be reached: {why}',
    hint: 'is the server in the kubeconfig right, does it run, and does this VM reach it? HAProxy keeps its servers meanwhile',
  },
  'api.silent': {
    exit: 3,
    message: 'the Kubernetes API at {server} has not answered for {seconds} s',
    hint: 'does the API server hang, or are packets dropped on the way? HAProxy keeps its servers meanwhile',
  },
  'api.tls': {
    exit: 3,
    message: 'the Kubernetes API at {server} cannot be trusted: {why}',
    hint: 'does certificate-authority-data belong to this cluster, is the server named as in its certificate, and has that not expired?',
  },
  'api.unauthorized': {
    exit: 3,
    message: 'the Kubernetes API at {server} does not accept the credentials',
    hint: 'the token or client certificate may have expired, or belong to another cluster; create new ones with podfront kubeconfig',
  },
  'api.forbidden': {
    exit: 3,
    message: 'the Kubernetes API at {server} does not let podfront {verb} {resource} {where}: {why}',
    hint: 'podfront manifest prints the permissions that podfront needs: podfront manifest | kubectl apply -f -',
  },
  'api.refused': {
    exit: 3,
    message: 'the Kubernetes API at {server} answered {status} for {path}: {why}',
    hint: 'see the log of the API server; podfront tries again',
  },
  'api.garbage': {
    exit: 3,
    message: 'the Kubernetes API at {server} gave an unusable answer for {path}: {why}',
    hint: 'is it an API server at all, or a proxy in front of one? podfront uses no part of such an answer',
  },
  'api.no-service': {
    exit: 3,
    message: 'there is no Service {name} in namespace {namespace}',
    hint: 'are serviceName and namespace spelled correctly? podfront uses its pods as soon as it exists',
  },
  'api.none-ready': {
    exit: 3,
    message: '{service} has no ready endpoint',
    hint: 'podfront uses its pods as soon as they are ready; kubectl get endpointslices shows them',
  },
  'api.no-endpoints': {
    exit: 3,
    message: '{service} has neither a selector nor EndpointSlices, so it leads to no pods',
    hint: 'give the Service a selector, or create an EndpointSlice with the label kubernetes.io/service-name',
  },
  'api.external-name': {
    exit: 3,
    message: '{service} is an ExternalName: an alias for {alias}, which has no pods',
    hint: 'name the Service behind it; or set records: headless, so that cluster DNS follows the alias',
  },
  'api.no-such-port': {
    exit: 3,
    message: '{service} has no TCP port named {port}; it has {known}',
    hint: 'give the port this name in the Service, or set podPort to another name or to a number',
  },
  'api.object-refused': {
    exit: 3,
    message: '{kind} {name} in namespace {namespace} is not used: {why}',
    hint: 'the other objects are used; check the controller that created this one',
  },
  'api.too-many-endpoints': {
    exit: 3,
    message: '{service} has {count} endpoints, and at most {most} are used',
    hint: 'split the Service',
  },
} as const;
