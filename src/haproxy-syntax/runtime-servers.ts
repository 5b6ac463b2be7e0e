import { atLeast, type Version } from './version.ts';

/** The settings of a listen that servers added at run time must support. */
export interface RuntimeNeeds {
  /** The words after `balance`. */
  readonly balance: readonly string[];
  /** The words after `hash-type`; none where it is absent. */
  readonly hashType: readonly string[];
  /** The words of each server after its address, those of `default-server` first. */
  readonly options: readonly string[];
}

/** The number of words after a keyword, and the first version that accepts it where that is not 2.6. */
interface Keyword {
  readonly words: number;
  readonly since?: readonly [number, number];
}

/**
 * The keywords that `add server` accepts. Each was tried with HAProxy 2.6.12, 3.0.11, 3.2.26 and 3.4.7; keywords that 3.0 accepts and 2.6 does not
 * are given from 3.0 on. The management guide (9.3, "add server") has the list of 2.6. Left out although HAProxy accepts them: `crt` and
 * `crl-file` (2.6 registers a server whose file was never read), `agent-check` (an agent can enable the server that is being
 * removed), `id` and `guid` (one for each server), `track`, `disabled`, `enabled`.
 */
const keywords: Readonly<Record<string, Keyword>> = {
  ...without('allow-0rtt backup check check-send-proxy check-ssl check-via-socks4 no-backup no-send-proxy no-send-proxy-v2 no-ssl-reuse'),
  ...without('no-sslv3 no-tfo no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 send-proxy send-proxy-v2 send-proxy-v2-ssl'),
  ...without('send-proxy-v2-ssl-cn ssl tfo tls-tickets force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13'),
  ...one('addr alpn ca-file check-alpn check-proto check-sni ciphers ciphersuites downinter error-limit fall fastinter inter'),
  ...one('maxconn maxqueue minconn npn observe on-error on-marked-down on-marked-up pool-low-conn pool-max-conn pool-purge-delay'),
  ...one('port proto proxy-v2-options rise slowstart sni source usesrc ssl-max-ver ssl-min-ver verify verifyhost weight ws'),
  ...one('cookie client-sigalgs curves hash-key pool-conn-name shard sigalgs', [3, 0]),
  ...one('init-state', [3, 1]),
  ...without('check-reuse-pool strict-maxconn', [3, 2]),
  ...one('check-pool-conn-name idle-ping', [3, 2]),
  ...without('no-renegotiate no-sni-auto renegotiate', [3, 4]),
};

function without(names: string, since?: Keyword['since']): Readonly<Record<string, Keyword>> {
  return row(names, { words: 0, ...(since && { since }) });
}

function one(names: string, since?: Keyword['since']): Readonly<Record<string, Keyword>> {
  return row(names, { words: 1, ...(since && { since }) });
}

function row(names: string, keyword: Keyword): Readonly<Record<string, Keyword>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, keyword]));
}

/** The algorithms that accept servers at run time (manual 4.2, balance); others do only with `hash-type consistent`, and `static-rr` never does. */
const dynamicAlgorithms = new Set(['roundrobin', 'leastconn', 'first', 'random']);

/** A word that needs no escaping in a command: no `;`, which ends a command, no quotes and no backslash. */
const plainWord = /^[A-Za-z0-9_.,:/@()+=*%-]+$/;

/** The reason why servers of a listen cannot be added at run time in this version of HAProxy; null where they can. */
export function runtimeObstacle({ balance, hashType, options }: RuntimeNeeds, version: Version): string | null {
  if (!atLeast(version, 2, 6)) return `HAProxy ${version.text} adds no servers at run time`;
  const algorithm = /^[a-z_-]+/.exec(balance[0] ?? 'roundrobin')?.[0] ?? '';
  if (!dynamicAlgorithms.has(algorithm) && (algorithm === 'static-rr' || hashType[0] !== 'consistent'))
    return `balance ${algorithm} takes no servers at run time${algorithm === 'static-rr' ? '' : ' without hash-type consistent'}`;
  for (let at = 0; at < options.length; ) {
    const name = options[at] ?? '';
    const keyword = Object.hasOwn(keywords, name) ? keywords[name] : undefined;
    const since = keyword?.since ?? [2, 6];
    if (keyword === undefined || !atLeast(version, since[0], since[1])) return `HAProxy ${version.text} takes no ${name} at run time`;
    const words = options.slice(at, at + 1 + keyword.words);
    if (words.length <= keyword.words || !words.every((word) => plainWord.test(word)))
      return `${name} cannot be given at run time as it is written`;
    at += words.length;
  }
  return null;
}
