import { parseMilliseconds } from '../config/values/duration.ts';
import type { WholeProxy } from './effective.ts';
import type { ConfigLine, Section } from './section.ts';
import { readServerOptions } from './server-options.ts';
import type { Sorted } from './servers.ts';

/** The known faults of hand-written servers, one sentence each. Measured with HAProxy 2.6 and 3.4. */
export function podFaults(
  { balance, hidesEarlierDefaults, serverDefaults }: WholeProxy,
  classified: Exclude<Sorted, { kind: 'none' }>,
): readonly string[] {
  const faults: string[] = [];
  if (hidesEarlierDefaults)
    faults.push(
      'a second defaults section inherits nothing from the first: its timeouts, mode and log did not apply here; podfront writes one section',
    );
  if (balance === null) faults.push('without balance HAProxy 2.6 uses roundrobin and 3.4 random: it is now explicit');
  if (classified.kind !== 'pods') return faults;
  const { pods, target } = classified;
  // default-server options in defaults apply as if on each server line.
  const given = readServerOptions(serverDefaults);
  const some = (wanted: (server: (typeof pods)[number]) => boolean) => pods.some(wanted);
  if (target.records === 'wildcard')
    faults.push(
      'only CoreDNS before 1.9.0 answers wildcard names (Kubernetes 1.21 ships it, 1.25 does not): records: auto with a headless service works with both',
    );
  if (target.dotted) faults.push('HAProxy 2.4.8 fails on a name that ends with a dot: it is written without the dot');
  if (some(({ options }) => (options.resolvers ?? given.resolvers) === null))
    faults.push('without resolvers HAProxy looks the name up once, at its start: podfront writes them');
  if (some(({ options }) => (options.resolvePrefer ?? given.resolvePrefer) === null))
    faults.push('without resolve-prefer HAProxy asks AAAA first and doubles each query: podfront writes it');
  if (some(({ template, options }) => template && (options.initAddr ?? given.initAddr) === null))
    faults.push('without init-addr none each slot that has no pod at the start is disabled with a warning');
  if (target.records === 'srv' && some(({ options }) => (options.resolveOpts ?? given.resolveOpts) === null))
    faults.push('without resolve-opts ignore-weight and allow-dup-ip HAProxy misapplies weights and drops the second port of an address');
  if (some(({ options }) => !options.check && !given.check))
    faults.push('without check a pod that does not answer still gets its share of traffic');
  return faults;
}

/** The fault of a defaults section without timeouts, usually in a drop-in beside the main file. */
export function defaultsFaults(sections: readonly Section[], listens: number): readonly string[] {
  const [first] = sections.filter(({ keyword }) => keyword === 'defaults');
  if (first === undefined || listens === 0 || first.lines.some(({ words }) => words[0] === 'timeout')) return [];
  return [
    'a defaults section inherits nothing from another, in any file: once HAProxy reads this one, timeouts, mode and log of the main file no longer apply; balance is now set per listen',
  ];
}

/** The faults of servers that refer to a resolvers section which the file lacks. */
export function missingSections(used: ReadonlySet<string>, resolvers: readonly Section[]): readonly string[] {
  const missing = [...used].filter((name) => !resolvers.some((section) => section.name === name));
  return missing.map(
    (name) =>
      `the section resolvers ${name} is not in this file; podfront writes one: HAProxy's own defaults lose all servers when an answer has more than 512 bytes (29 addresses), and 30 s after cluster DNS failed`,
  );
}

const outage = ['timeout', 'refused', 'other'] as const;

/** The shortest sensible hold in milliseconds: a shorter one loses servers before operators notice the outage. */
const short = 3_600_000;

/** The known faults of a resolvers section. */
export function resolverFaults(section: Section): readonly string[] {
  const value = (...words: readonly string[]) =>
    section.lines.findLast((line) => words.every((word, i) => line.words[i] === word))?.words[words.length] ?? null;
  const faults: string[] = [];
  const payload = value('accepted_payload_size');
  if (payload === null || Number(payload) <= 512)
    faults.push('answers over 512 bytes, 29 addresses, leave HAProxy without any server: podfront writes the size that is needed');
  const kinds = outage.filter((kind) => (parseMilliseconds(value('hold', kind) ?? '30s') ?? 0) < short);
  if (kinds.length > 0)
    faults.push(
      `when cluster DNS fails, all servers are gone ${value('hold', kinds[0] ?? '') ?? '30s'} later (hold ${kinds.join(', ')}): podfront keeps them for 24 h`,
    );
  return faults;
}

/** Remarks on copied rules for which podfront has a better key. */
export function ruleFaults(kept: readonly ConfigLine[]): readonly string[] {
  const faults: string[] = [];
  const texts = kept.map(({ words }) => words.join(' '));
  if (texts.some((text) => /^(http-request )?redirect scheme https\b/i.test(text)))
    faults.push(
      'its redirect to https is kept as it was: redirectToHttps: true, with binds that have a crt, sends status 308 and runs before all other rules',
    );
  if (texts.some((text) => /^http-(after-)?response (set|add)-header strict-transport-security\b/i.test(text)))
    faults.push(
      'its Strict-Transport-Security is kept as it was: hsts sets only max-age, only over TLS, and in answers of HAProxy itself too',
    );
  return faults;
}
