/** Problems of asking cluster DNS. */
export const dnsProblems = {
  'dns.timeout': {
    exit: 3,
    message: 'cluster DNS {servers} did not answer for {name} within {ms} ms',
    hint: 'is the address right, and does this VM reach the service network? try: {dig}',
  },
  'dns.unreachable': {
    exit: 3,
    message: 'cluster DNS {servers} cannot be reached over {transport}: {why}',
    hint: 'is cluster.nameservers right, is cluster DNS running, and does this VM reach the service network?',
  },
  'dns.no-socket': { exit: 3, message: 'cannot ask cluster DNS: {what}', hint: '{remedy}' },
  'dns.servfail': {
    exit: 3,
    message: 'cluster DNS {servers} answered SERVFAIL for {name}',
    hint: 'it may have no contact with the API server yet, or lack permission to read it; see the logs of the CoreDNS pods',
  },
  'dns.refused': {
    exit: 3,
    message: 'cluster DNS {servers} refuses to answer for {name}',
    hint: 'is cluster.domain the zone it serves, and is it the cluster DNS at all? see its Corefile',
  },
  'dns.rcode': { exit: 3, message: 'cluster DNS {servers} answered {rcode} for {name}', hint: 'is it a cluster DNS at all? see its logs' },
  'dns.referral': {
    exit: 3,
    message: '{servers} has no answer for {name} and refers to other servers',
    hint: 'it is not the cluster DNS; set cluster.nameservers and cluster.domain',
  },
  'dns.garbage': {
    exit: 3,
    message: 'cluster DNS {servers} gave an unusable answer for {name}: {why}',
    hint: 'podfront uses no part of such an answer; compare: {dig}',
  },
  'dns.too-large': {
    exit: 3,
    message: 'the {type} answer for {name} is truncated over TCP too: it is larger than 65,535 bytes',
    hint: 'no DNS client can see all of these pods; spread them over several services',
  },
  'dns.tcp-needed': {
    exit: 3,
    message: 'the answer for {name} is too large for UDP, and {servers} cannot be asked over TCP: {why}',
    hint: 'allow TCP to port 53 of cluster DNS',
  },
  'dns.bad-name': {
    exit: 3,
    message: '{name} cannot be asked for: it is not a DNS name',
    hint: 'a label has at most 63 letters, digits and hyphens, a name 253 characters',
  },
  'dns.closed': { exit: 3, message: 'the question for {name} was given up', hint: 'podfront was shutting down' },
  'dns.not-cluster-dns': {
    exit: 3,
    message: '{servers} is not a cluster DNS: {why}',
    hint: 'set cluster.nameservers to the address of the cluster DNS service, and cluster.domain to its zone',
  },
  'dns.pods-unseen': {
    exit: 3,
    message: 'cluster DNS shows only the ClusterIP of {service}, not its pods',
    hint: 'make the service headless (clusterIP: None), or use servicePort instead of podPort, or add fallbackServicePort',
  },
  'dns.pods-unseen-fallback': {
    exit: 3,
    message: 'cluster DNS shows only the ClusterIP of {service}, not its pods: all traffic goes to fallbackServicePort {port}',
    hint: 'make the service headless (clusterIP: None) to reach its pods, or use servicePort instead of podPort',
  },
  'dns.no-cluster-ip': {
    exit: 3,
    message: '{service} has no ClusterIP, which servicePort {port} would need: it is headless, and its name leads to its pods',
    hint: 'use podPort with the port of its pods, or name a Service with a ClusterIP in serviceName',
  },
  'dns.fallback-headless': {
    exit: 3,
    message:
      '{service} has no ClusterIP for fallbackServicePort {port}: it is headless, and its name leads to its pods; there is no fallback',
    hint: 'set fallbackServiceName to a Service with a ClusterIP that selects the same pods, or remove fallbackServicePort',
  },
  'dns.fallback-missing': {
    exit: 3,
    message: 'the Service of fallbackServiceName, {service}, does not exist; there is no fallback until it does',
    hint: 'is fallbackServiceName spelled correctly, and is the Service in the same namespace?',
  },
  'dns.pods-unreadable': {
    exit: 3,
    message: 'cluster DNS knows service {service} but fails for its pods: {why}',
    hint: 'it may not be synced with the API server yet, or lack permission to list EndpointSlices; see the logs of the CoreDNS pods and their ClusterRole',
  },
  'dns.no-wildcards': {
    exit: 3,
    message: 'cluster DNS answers no wildcards (CoreDNS 1.9 or newer), and {service} has pods',
    hint: 'set records to headless, or leave it out',
  },
  'dns.no-such-namespace': {
    exit: 3,
    message: 'there is no namespace {namespace}, so {service} has no pods',
    hint: 'is namespace spelled correctly? podfront uses the service as soon as it exists',
  },
  'dns.no-pods': {
    exit: 3,
    message: '{service} does not exist, or has no ready pod; DNS cannot tell which',
    hint: 'is serviceName spelled correctly? podfront uses its pods as soon as they are ready',
  },
  'dns.none-ready': {
    exit: 3,
    message: '{service} exists, but none of its pods is ready',
    hint: 'podfront uses its pods as soon as they are ready',
  },
  'dns.no-such-port': {
    exit: 3,
    message: '{service} has no TCP port named {port}',
    hint: 'give the port this name in the service, or set podPort to another name or to a number',
  },
  'dns.both-families': {
    exit: 3,
    message:
      '{service} has pods with addresses of both families, and HAProxy fills a slot with each SRV record: {pods} pods take {others} slots more, whose servers are down where this VM has no route to that family',
    hint: 'give podPort as a number, so that address records of one family are used; or set ipFamilyPolicy: SingleStack in the Service',
  },
  'dns.other-port': {
    exit: 3,
    message: 'the pods of {service} are on port {ports}, as its SRV records show, and podPort is {port}',
    hint: 'set podPort to the port of the pods (targetPort), not to that of the Service; or to the name of the port',
  },
  'dns.udp-port': {
    exit: 3,
    message: 'port {port} of {service} is a UDP port, and podfront and HAProxy balance TCP only',
    hint: 'name a TCP port of the service in podPort; UDP needs another load balancer',
  },
  'dns.became-cluster-ip': {
    exit: 3,
    message:
      '{service} was headless and has a ClusterIP now: its name, which HAProxy follows, leads to the ClusterIP and no longer to its pods',
    hint: 'if that is intended, write servicePort in place of podPort; otherwise delete the Service and create it with clusterIP: None',
  },
  'dns.looks-like-service': {
    exit: 3,
    message: '{service} has the ClusterIP {address}, which is not a pod, although records is headless',
    hint: 'leave records out, or make the service headless (clusterIP: None)',
  },
  'dns.outside-networks': {
    exit: 3,
    message: '{service} has addresses outside the networks of the cluster, which are not used: {addresses}',
    hint: 'set cluster.podNetworks and cluster.serviceNetworks to what the cluster uses; if the addresses are meant to be outside the cluster, set outside: true',
  },
  'dns.only-outside': {
    exit: 3,
    message: '{service} has only addresses outside the networks of the cluster: {addresses}',
    hint: 'if they are meant to be outside the cluster, set outside: true; otherwise set cluster.podNetworks and cluster.serviceNetworks to what the cluster uses',
  },
  'dns.forbidden-address': {
    exit: 3,
    message: '{service} has the address {address}, {why}; podfront sends no traffic there',
    hint: 'is cluster DNS to be trusted? if pods have such addresses, list their network in cluster.podNetworks',
  },
  'dns.alias-in-cluster': {
    exit: 3,
    message: '{service} is an ExternalName: an alias for {alias}, which is in the cluster as well',
    hint: 'set serviceName and namespace to that service, so that podfront can tell why it has no pods',
  },
  'dns.external-name': {
    exit: 3,
    message: '{service} is an ExternalName: an alias for {alias}',
    hint: 'its target is outside the cluster and is used as it is',
  },
  'dns.external-name-dead': {
    exit: 3,
    message: '{service} is an ExternalName, an alias for {alias}, and cluster DNS has no address for that',
    hint: 'cluster DNS needs the forward plugin to resolve names outside the cluster; or point the listen at another service',
  },
  'dns.needs-tcp': {
    exit: 3,
    message: 'answers of up to {bytes} bytes need TCP, which HAProxy {version} cannot do for DNS',
    hint: 'upgrade HAProxy to 2.4 or newer, or give the listen a smaller maxExpectedPods',
  },
  'dns.answer-too-large': {
    exit: 3,
    message: 'an answer for all slots would have {bytes} bytes, more than a DNS message can hold',
    hint: 'give the listen a smaller maxExpectedPods, or split the service',
  },
  'dns.unusable': {
    exit: 3,
    message: '{count} of {total} listens cannot be served as configured',
    hint: 'nothing was written; podfront resolve shows every question and answer',
  },
} as const;
