/** Services of the zone, and pods of each. */
export const services = 1000;
export const podsEach = 20;

/** The zone of a cluster of headless services, as lines of a zone file below cluster.local. */
export function clusterZone(): readonly string[] {
  const lines: string[] = [];
  for (let service = 0; service < services; service++) {
    const name = `svc${service}.default.svc`;
    for (let pod = 1; pod <= podsEach; pod++) {
      const address = `127.${10 + Math.floor(service / 250)}.${service % 250}.${pod}`;
      const target = `${address.replaceAll('.', '-')}.${name}`;
      lines.push(`${name} A ${address}`, `${target} A ${address}`, `_http._tcp.${name} SRV 0 5 8080 ${target}`);
    }
  }
  return lines;
}

/** The name that is asked for the pods of a service. */
export function nameOf(service: number, type: 'A' | 'SRV'): string {
  const plain = `svc${service}.default.svc.cluster.local`;
  return type === 'A' ? plain : `_http._tcp.${plain}`;
}
