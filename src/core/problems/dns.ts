/** What asking cluster DNS can end in. */
export const dnsProblems = {
  'dns.timeout': {
    exit: 3,
    says: 'cluster DNS {servers} did not answer within {ms} ms',
    hint: 'is the address right, and does this VM reach the service network? try: dig @{servers} kubernetes.default.svc.cluster.local',
  },
} as const;
