import type { Config, Listen } from '../../config/config.ts';
import type { LookupResult } from '../../dns/message/outcome.ts';
import type { Resolver } from '../../dns/resolver.ts';
import type { AddressClassifier } from '../classify-address.ts';
import type { Observation } from '../observation.ts';
import { discover } from './discover.ts';
import { questionKey } from './lookups.ts';

/**
 * Asks cluster DNS what each listen's servers are. A question that several listens have in common is asked once.
 * Observations come in the order of the listens. Rejects only with the signal's reason.
 */
export async function listDns(
  config: Config,
  listens: readonly Listen[],
  resolver: Pick<Resolver, 'ask'>,
  classify: AddressClassifier,
  signal: AbortSignal,
): Promise<readonly Observation[]> {
  const pending = new Map<string, Promise<LookupResult>>();

  async function observeOne(listen: Listen): Promise<Observation> {
    const results = new Map<string, LookupResult>();
    for (;;) {
      const step = discover(config, listen, results, classify);
      if (step.kind === 'observed') return step.observation;
      await Promise.all(
        step.questions.map(async (question) => {
          const key = questionKey(question);
          const result = pending.get(key) ?? resolver.ask(question, signal);
          pending.set(key, result);
          results.set(key, await result);
        }),
      );
    }
  }

  return Promise.all(listens.map(observeOne));
}
