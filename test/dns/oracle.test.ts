import { spawnSync } from 'node:child_process';
import type { Found, Outcome } from '../../src/dns/message/outcome.ts';
import type { Question } from '../../src/dns/message/question.ts';
import { openResolver } from '../../src/dns/resolver.ts';
import { startKnot } from '../support/dns/knot.ts';
import { needs } from '../support/needs.ts';

const zone = 'cluster.local';

/** Numbers that look like chance and are the same each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A zone of records as a cluster would have them and as it would not, and the questions to it. */
function generated(count: number): { readonly lines: readonly string[]; readonly questions: readonly Question[] } {
  const next = numbers(7);
  const lines: string[] = [];
  const questions: Question[] = [];
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const label = (most: number) => Array.from({ length: 1 + next(most) }, () => letters[next(letters.length)]).join('');
  const v4 = () => `127.${next(256)}.${next(256)}.${1 + next(254)}`;
  const v6 = () => `fd00:${next(65_536).toString(16)}::${(1 + next(65_535)).toString(16)}`;
  for (let i = 0; i < count; i++) {
    const name = `${label(20)}-${i}.${label(10)}.svc`;
    const full = `${name}.${zone}`;
    const records = [1, 2, 20, 60, 300][next(5)] ?? 1;
    const ttl = next(3) === 0 ? 0 : next(4000);
    switch (i % 5) {
      case 0:
        for (let n = 0; n < records; n++) lines.push(`${name} ${ttl} A ${v4()}`);
        break;
      case 1:
        for (let n = 0; n < records; n++) lines.push(`${name} ${ttl} AAAA ${v6()}`);
        lines.push(`${name} ${ttl} A ${v4()}`);
        break;
      case 2:
        for (let n = 0; n < Math.min(records, 60); n++) {
          const target = next(4) === 0 ? `${label(20)}${n}.elsewhere.example.org.` : `${label(20)}-${n}.${name}`;
          lines.push(`_http._tcp.${name} ${ttl} SRV ${next(9)} ${next(100)} ${1 + next(65_535)} ${target}`);
          if (!target.endsWith('.')) lines.push(`${target} ${ttl} ${next(3) === 0 ? `AAAA ${v6()}` : `A ${v4()}`}`);
        }
        questions.push({ name: `_http._tcp.${full}`, type: 'SRV' });
        break;
      case 3: {
        const hops = 1 + next(7);
        for (let hop = 0; hop < hops; hop++) lines.push(`${hop === 0 ? name : `h${hop}.${name}`} ${ttl} CNAME h${hop + 1}.${name}`);
        lines.push(`h${hops}.${name} ${ttl} A ${v4()}`);
        break;
      }
      default:
        // Nothing here, and so NXDOMAIN.
        break;
    }
    questions.push({ name: full, type: 'A' }, { name: full, type: 'AAAA' });
  }
  return { lines, questions };
}

/** What dig prints, by `name type` of the question it prints with it: the status, and the answer's records sorted. */
function dug(port: number, questions: readonly Question[]): ReadonlyMap<string, string> {
  const input = questions.map(({ name, type }) => `${name} ${type}`).join('\n');
  const args = [
    '@127.0.0.1',
    '-p',
    String(port),
    '+noall',
    '+comments',
    '+question',
    '+answer',
    '+nottlunits',
    '+time=20',
    '+tries=3',
    '-f',
    '-',
  ];
  const { stdout } = spawnSync('dig', args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  return new Map(
    stdout
      .split(';; Got answer:')
      .slice(1)
      .map((text) => {
        const status = /status: (\w+)/.exec(text)?.[1] ?? '';
        const [, name = '', type = ''] = /^;(\S+)\.\s+IN\s+(\w+)$/m.exec(text) ?? [];
        const records = text.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
        const lines = records.map((line) => line.replace(/\s+/g, ' ').toLowerCase());
        return [`${name} ${type}`, told(status, lines)];
      }),
  );
}

/** What we decoded of the question, in dig's words. */
function ours({ name, type }: Question, outcome: Outcome): string {
  const aliases = outcome.kind === 'failed' ? [] : outcome.aliases;
  const owner = aliases.at(-1) ?? name.toLowerCase();
  const chain = aliases.map((alias, i) => `${i === 0 ? name.toLowerCase() : aliases[i - 1]}. cname ${alias}.`);
  switch (outcome.kind) {
    case 'found':
      return told('NOERROR', [...chain, ...records(outcome, `${owner}. ${type.toLowerCase()}`)]);
    case 'empty':
      return told(outcome.reason === 'NXDOMAIN' ? 'NXDOMAIN' : 'NOERROR', chain);
    case 'failed':
      return outcome.problem.message;
    default:
      return outcome satisfies never;
  }
}

function records({ addresses, services }: Found, head: string): readonly string[] {
  return [...addresses.map(({ text }) => `${head} ${text}`), ...services.map(({ port, target }) => `${head} ${port} ${target}.`)];
}

/** Without TTL, class, priority and weight, of which podfront keeps nothing but the smallest TTL. */
function told(status: string, lines: readonly string[]): string {
  const short = lines.map((line) => line.replace(/^(\S+) \d+ in /, '$1 ').replace(/ srv \d+ \d+ (\d+ \S+)$/, ' srv $1'));
  return [status, ...short.sort()].join('\n');
}

needs('knotd', 'dig')('What we decode equals what dig prints, over a zone of generated records', async (t) => {
  t.timeout(120_000);
  const { lines, questions } = generated(400);
  const knot = await startKnot(zone, lines);
  t.teardown(knot.close);
  // What is compared is reading: neither side shall give up because the machine is busy.
  const resolver = openResolver({ nameservers: [knot.nameserver], timeouts: { overall: 60_000, tries: 30 } });
  t.teardown(resolver.close);
  const expected = dug(knot.nameserver.port, questions);
  t.is(expected.size, questions.length);
  const results = await Promise.all(questions.map((question) => resolver.ask(question, new AbortController().signal)));
  for (const [i, question] of questions.entries()) {
    const result = results[i];
    if (result === undefined) return t.fail();
    t.is(
      ours(question, result.outcome),
      expected.get(`${question.name} ${question.type}`) ?? 'dig said nothing',
      `${question.type} ${question.name}`,
    );
  }
  t.true(results.some(({ lookup }) => lookup.truncated) && results.some(({ outcome }) => outcome.kind === 'empty'));
});
