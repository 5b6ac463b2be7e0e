/** The name of the Lease of a class: `podfront-podfront-haproxy` for `podfront/haproxy`. */
export function leaseName(loadBalancerClass: string): string {
  return `podfront-${loadBalancerClass.replaceAll('/', '-')}`;
}
