/** Problems of Services of type LoadBalancer. */
export const loadBalancerProblems = {
  'load-balancer.lease': {
    exit: 3,
    message: 'cannot {verb} the Lease {lease}: {why}',
    hint: 'podfront keeps serving, and another VM of the class may write; podfront manifest prints the permissions it needs',
  },
  'load-balancer.not-written': {
    exit: 3,
    message: 'cannot write the status of Service {service}: {why}',
    hint: 'the Service is served; podfront tries again, and podfront manifest prints the permissions it needs',
  },
} as const;
