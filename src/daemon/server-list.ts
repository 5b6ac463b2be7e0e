import type { ServerStats } from '../haproxy/process/proxy-stats.ts';
import type { ListenAllocation, Server } from '../haproxy/slots/allocate.ts';
import { hostPort } from '../ip/address.ts';
import { isoTime, type ServerStatus } from '../status/status.ts';

/**
 * The servers of a listen: as HAProxy reports them, without slots that have no address; where it reports nothing, those of the
 * desired file.
 *
 * @param now milliseconds since 1970
 */
export function serverList(
  allocation: ListenAllocation | undefined,
  reported: readonly ServerStats[] | null,
  now: number,
): readonly ServerStatus[] {
  const { pods = [], nodes = [], service = null } = allocation ?? {};
  const servers: readonly Server[] = [...pods, ...nodes, ...(service === null ? [] : [service])];
  if (reported === null)
    return servers.map((server) => ({
      name: server.name,
      address: addressOf(server),
      state: 'unknown',
      backup: server === service && service.backup,
      check: null,
      since: null,
      counts: null,
    }));
  const known = new Map(servers.map((server) => [server.name, addressOf(server)]));
  return reported
    .filter(({ name, state }) => state !== 'unresolved' || known.has(name))
    .map(({ name, address, state, backup, check, changedBefore, counts }) => ({
      name,
      address: address ?? known.get(name) ?? null,
      state,
      backup,
      check,
      since: isoTime(now - 1000 * changedBefore),
      counts,
    }));
}

function addressOf({ target }: Server): string | null {
  const address = target.kind === 'address' ? target.address : target.seed;
  return address === null ? null : hostPort(address.text, target.port);
}
