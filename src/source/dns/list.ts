import type { Config, Listen } from '../../config/config.ts';
import type { LookupResult } from '../../dns/message/read-answer.ts';
import type { Resolver } from '../../dns/resolver.ts';
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
  signal: AbortSignal,
): Promise<readonly Observation[]> {
  const asking = new Map<string, Promise<LookupResult>>();

  async function observeOne(listen: Listen): Promise<Observation> {
    const replies = new Map<string, LookupResult>();
    for (;;) {
      const step = discover(config, listen, replies);
      if (step.kind === 'observed') return step.observation;
      await Promise.all(
        step.questions.map(async (question) => {
          const key = questionKey(question);
          const reply = asking.get(key) ?? resolver.ask(question, signal);
          asking.set(key, reply);
          replies.set(key, await reply);
        }),
      );
    }
  }

  return Promise.all(listens.map(observeOne));
}
