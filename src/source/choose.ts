import type { Config, Listen } from '../config/config.ts';
import type { Clock } from '../system/clock.ts';
import type { DnsSourceOptions } from './dns/dns-source.ts';
import type { KubernetesSourceOptions } from './kubernetes/kubernetes-source.ts';
import type { Source } from './source.ts';

/** The options of sources beside the configuration. */
export interface SourceOptions {
  readonly dns?: DnsSourceOptions;
  readonly kubernetes: KubernetesSourceOptions;
}

/** Whether the pods of a listen come from the Kubernetes API. */
const isOfApi = ({ records }: Listen): boolean => records === 'endpoints';

/**
 * The source of a configuration: cluster DNS, the Kubernetes API, or both, each for its listens. A source is loaded when it is needed,
 * because not every command needs one.
 */
export async function chooseSource(config: Config, clock: Clock, options: SourceOptions): Promise<Source> {
  const dns = async () => (await import('./dns/dns-source.ts')).dnsSource(clock, options.dns);
  const kubernetes = async () => (await import('./kubernetes/kubernetes-source.ts')).kubernetesSource(clock, options.kubernetes);
  if (!config.listens.some(isOfApi) && config.loadBalancer === null) return dns();
  if (config.listens.every(isOfApi)) return kubernetes();
  return together(await dns(), await kubernetes());
}

/** Two sources, each for its part of the listens. */
function together(dns: Source, kubernetes: Source): Source {
  const part = (config: Config, ofApi: boolean): Config => ({ ...config, listens: config.listens.filter((one) => isOfApi(one) === ofApi) });
  return {
    async list(config, signal, explain) {
      const found = await Promise.all([dns.list(part(config, false), signal, explain), kubernetes.list(part(config, true), signal)]);
      const byListen = new Map(found.flat().map((observation) => [observation.listen, observation]));
      return config.listens.flatMap((listen) => byListen.get(listen) ?? []);
    },
    async watch(config, report, signal, feed) {
      const failure = new AbortController();
      const until = AbortSignal.any([signal, failure.signal]);
      const either = [dns.watch(part(config, false), report, until), kubernetes.watch(part(config, true), report, until, feed)];
      try {
        await Promise.all(either);
      } finally {
        failure.abort();
        await Promise.allSettled(either);
      }
    },
  };
}
