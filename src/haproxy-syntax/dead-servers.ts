/**
 * The options that mark a pod down at its first refused connection, and up again at the first successful check, 200 ms later or
 * at the next one. Without them a server that refuses connections fails in a millisecond, stays the least loaded, and gets more and more
 * of them from leastconn. Measured with bench/dead-servers.ts, HAProxy 2.6, 18 of 20 pods refusing: 3 of 200 requests fail, 134 without.
 */
export const deadServerOptions = 'observe layer4 error-limit 1 on-error mark-down rise 1 downinter 200ms';

/**
 * A line of a file without podfront's options for dead servers; empty where they are the whole line. A server that represents
 * many pods, such as a ClusterIP or a node, and that of the only pod have `observe none`.
 */
export function withoutDeadServerOptions(line: string): string {
  if (line === `default-server ${deadServerOptions}`) return '';
  return line.replace(/^(server \S+ \S+ check(?: .*?init-addr \S+)?) observe none(?= |$)/, '$1');
}
