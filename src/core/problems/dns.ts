/** What asking cluster DNS can end in. */
export const dnsProblems = {
  'dns.timeout': {
    exit: 3,
    says: 'cluster DNS {servers} did not answer within {ms} ms',
    hint: 'is the address right, and does this VM reach the service network? try: dig @{servers} kubernetes.default.svc.cluster.local',
  },
  'dns.needs-tcp': {
    exit: 3,
    says: 'answers of up to {bytes} bytes need TCP, which HAProxy {version} cannot do for DNS',
    hint: 'upgrade HAProxy to 2.4 or newer, or give the listen a smaller maxExpectedPods',
  },
  'dns.answer-too-large': {
    exit: 3,
    says: 'an answer for all slots would have {bytes} bytes, more than a DNS message can hold',
    hint: 'give the listen a smaller maxExpectedPods, or split the service',
  },
} as const;
