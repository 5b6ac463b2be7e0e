import type { YamlMap, YamlValue } from '../yaml/source.ts';
import { addressOf } from './address-conflicts.ts';
import { portKeys } from './listen.ts';
import { conflictAt, type Violation } from './violation.ts';

type ListenEntry = readonly [name: string, listen: YamlMap];

/**
 * The rules for listens that share an address by `hosts`: one frontend serves all of them, so they need the same addresses, the same
 * mode, and the same choice of TLS at each address. No host name may be in two of them.
 */
export function sharedAddressRules(listens: readonly ListenEntry[]): readonly Violation[] {
  const first = new Map<string, ListenEntry>();
  const groups = new Map<ListenEntry, Set<ListenEntry>>();
  for (const listen of listens) {
    for (const address of addressesOf(bindsOf(listen[1]))) {
      const other = first.get(address);
      if (other === undefined) first.set(address, listen);
      else if (other !== listen && (hasHosts(other) || hasHosts(listen))) {
        groups.set(other, (groups.get(other) ?? new Set([other])).add(listen));
      }
    }
  }
  return [...groups.values()]
    .map((group) => [...group])
    .flatMap((group) => [...differences(group), ...secondFallback(group), ...doubleHosts(group)]);
}

function differences(group: readonly ListenEntry[]): readonly Violation[] {
  const [first, ...others] = group;
  if (first === undefined) return [];
  const [name, { mode }] = first;
  return others.flatMap(([other, listen]): Violation[] => {
    const at = (key: string, what: string, hint: string) => conflictAt(['listen', other, key], 'value', what, hint);
    const same = (of: (binds: YamlValue) => readonly string[]) =>
      [...of(bindsOf(listen))].sort().join(' ') === [...of(bindsOf(first[1]))].sort().join(' ');
    if (!same(addressesOf))
      return [at('binds', `it shares some addresses with listen.${name}, but not all`, 'write the same binds in both')];
    if (!same(tlsOf))
      return [at('binds', `its binds differ in crt or alpn from those of listen.${name}`, 'give both a crt, or none, and the same alpn')];
    if ((listen.mode ?? 'tcp') !== (mode ?? 'tcp'))
      return [
        at('mode', `it shares its address with listen.${name}, which has mode ${String(mode ?? 'tcp')}`, 'write the same mode in both'),
      ];
    return [];
  });
}

/** At most one listen takes the requests for other host names. */
function secondFallback(group: readonly ListenEntry[]): readonly Violation[] {
  const [first, ...others] = group.filter((listen) => !hasHosts(listen));
  const what = `it shares its address without hosts, and so does listen.${first?.[0] ?? ''}`;
  const hint = 'only one of them can serve the remaining host names: add hosts to the other';
  return others.map(([name]) => conflictAt(['listen', name], 'key', what, hint));
}

function doubleHosts(group: readonly ListenEntry[]): readonly Violation[] {
  const seen = new Map<string, string>();
  return group.flatMap(([name, { hosts }]) =>
    (Array.isArray(hosts) ? (hosts as readonly YamlValue[]) : []).flatMap((host, i): Violation[] => {
      if (typeof host !== 'string') return [];
      const other = seen.get(host.toLowerCase());
      if (other === undefined) {
        seen.set(host.toLowerCase(), name);
        return [];
      }
      return [conflictAt(['listen', name, 'hosts', i], 'value', `listen.${other} already has the host ${host}`, 'remove one of them')];
    }),
  );
}

const hasHosts = ([, { hosts }]: ListenEntry): boolean => Array.isArray(hosts);

/** The binds of a listen, or its default bind. */
function bindsOf(listen: YamlMap): YamlValue {
  const port = portKeys.map((key) => listen[key] ?? null).find((value) => value !== null);
  return listen.binds ?? (typeof port === 'number' ? [`127.0.0.1:${port}`] : null);
}

function addressesOf(binds: YamlValue): readonly string[] {
  return Array.isArray(binds) ? (binds as readonly YamlValue[]).map(addressOf).filter((address) => typeof address === 'string') : [];
}

/** Each address with the TLS settings that must be equal; certificates may differ. */
function tlsOf(binds: YamlValue): readonly string[] {
  if (!Array.isArray(binds)) return [];
  return (binds as readonly YamlValue[]).map((bind) => {
    const { crt = null, alpn = null } = typeof bind === 'object' && bind !== null ? (bind as YamlMap) : {};
    return `${String(addressOf(bind))} ${crt === null ? 'plain' : `tls ${JSON.stringify(alpn)}`}`;
  });
}
