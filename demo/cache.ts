import type { Reply, ResourceRecord } from './dns-message.ts';

/** Answers a question, in words, from what is kept of it, else freshly. */
export type Cache = (question: string, fresh: () => Reply) => Reply;

/** Nothing is kept: every answer is fresh, as the kubernetes plugin of CoreDNS gives it. */
export const uncached: Cache = (_, fresh) => fresh();

/**
 * As the `cache` plugin of CoreDNS, or any cache between: an answer is given again, its TTL counted down, until that has run out.
 *
 * @param now milliseconds
 */
export function caching(now: () => number): Cache {
  const kept = new Map<string, { readonly reply: Reply; readonly since: number }>();
  return (question, fresh) => {
    const held = kept.get(question);
    if (held !== undefined) {
      const age = Math.floor((now() - held.since) / 1000);
      const all = [...held.reply.answers, ...held.reply.authority, ...held.reply.additional];
      if (all.every(({ ttl }) => ttl > age)) return aged(held.reply, age);
    }
    const reply = fresh();
    kept.set(question, { reply, since: now() });
    return reply;
  };
}

function aged(reply: Reply, age: number): Reply {
  const older = (records: readonly ResourceRecord[]) => records.map((record) => ({ ...record, ttl: record.ttl - age }));
  return {
    ...reply,
    authoritative: false,
    answers: older(reply.answers),
    authority: older(reply.authority),
    additional: older(reply.additional),
  };
}
