import { openResolver } from '../../dns/resolver.ts';
import type { DnsTimeouts } from '../../dns/timeouts.ts';
import type { Clock } from '../../system/clock.ts';
import { hostAddresses } from '../../system/host-addresses.ts';
import { classifierFor } from '../classify-address.ts';
import type { Source } from '../source.ts';
import { listDns } from './list.ts';
import { withOtherPorts } from './other-ports.ts';
import { watchDns } from './watch.ts';

/** Options for asking cluster DNS. */
export interface DnsSourceOptions {
  readonly timeouts?: Partial<DnsTimeouts>;
  /** Called with the milliseconds that each question of `watch` took. */
  readonly onAnswer?: (ms: number) => void;
}

/** Cluster DNS as a source. Each `list` and each `watch` opens sockets of its own and closes them at its end. */
export function dnsSource(clock: Clock, { timeouts = {}, onAnswer = () => {} }: DnsSourceOptions = {}): Source {
  return {
    async list(config, signal, explain = false) {
      const resolver = openResolver({ ...config.cluster, timeouts });
      try {
        const found = await listDns(config, config.listens, resolver, classifierFor(config, hostAddresses()), signal);
        return explain ? await Promise.all(found.map((observation) => withOtherPorts(observation, resolver, signal))) : found;
      } finally {
        resolver.close();
      }
    },
    async watch(config, report, signal) {
      const resolver = openResolver({ ...config.cluster, timeouts });
      try {
        await watchDns(config, resolver, report, { clock, random: Math.random, hostAddresses, onAnswer }, signal);
      } finally {
        resolver.close();
      }
    },
  };
}
