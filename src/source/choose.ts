import type { Clock } from '../system/clock.ts';
import type { DnsSourceOptions } from './dns/dns-source.ts';
import type { Source } from './source.ts';

/** The source that podfront learns endpoints from: cluster DNS. It is loaded when it is asked for, because not every command needs it. */
export async function chooseSource(clock: Clock, options: DnsSourceOptions = {}): Promise<Source> {
  const { dnsSource } = await import('./dns/dns-source.ts');
  return dnsSource(clock, options);
}
