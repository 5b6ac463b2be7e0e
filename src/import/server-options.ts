import { isHostName } from '../config/values/kubernetes-names.ts';
import { isWord } from '../haproxy-syntax/word.ts';
import type { RawWord } from './raw-words.ts';

/** The options of a server line: those that podfront has keys for, those that it manages itself, and the rest. */
export interface ServerOptions {
  readonly check: boolean;
  readonly backup: boolean;
  readonly sendProxy: 'none' | 'v1' | 'v2';
  readonly tls: ServerTls;
  /** TLS of the health checks, where the traffic has none of its own. */
  readonly checkTls: ServerTls;
  /** Name of the `resolvers` section; null without one. */
  readonly resolvers: string | null;
  /** The value of an option that podfront writes itself; null where it was absent. */
  readonly initAddr: string | null;
  readonly resolvePrefer: string | null;
  readonly resolveOpts: string | null;
  /** Remaining options, verbatim. */
  readonly extra: string;
}

/** TLS to an imported server. */
export type ServerTls =
  | { readonly kind: 'none' }
  | { readonly kind: 'unverified'; readonly sni: string | null }
  | { readonly kind: 'verified'; readonly caFile: string; readonly sni: string | null };

/** Server options that take a value (configuration manual 5.2, 2.3 to 3.4): the value is never an option of its own. */
const optionsWithValue = new Set(
  `addr agent-addr agent-inter agent-port agent-send alpn ca-file check-alpn check-proto check-sni ciphers ciphersuites client-sigalgs
  cookie crl-file crt curves downinter error-limit fall fastinter guid hash-key id init-addr init-state inter interface log-bufsize
  log-proto max-reuse maxconn maxqueue minconn namespace npn observe on-error on-marked-down on-marked-up pool-conn-name pool-low-conn
  pool-max-conn pool-purge-delay port proto proxy-v2-options redir resolve-net resolve-opts resolve-prefer resolvers rise shard sigalgs
  slowstart sni socks4 source ssl-max-ver ssl-min-ver tcp-ut track usesrc verify verifyhost weight ws`.split(/\s+/),
);

/** Options that podfront itself writes on each server. */
export const managedOptions: ReadonlySet<string> = new Set(['resolvers', 'init-addr', 'resolve-prefer', 'resolve-opts']);

/** Reads the options of a server line. If an option is given twice, the last one wins, as in HAProxy. */
export function readServerOptions(words: readonly RawWord[]): ServerOptions {
  const pairs: { readonly name: string; readonly value: string | null; readonly raw: string }[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) continue;
    const value = optionsWithValue.has(word.text) ? words[++at] : undefined;
    pairs.push({ name: word.text, value: value?.text ?? null, raw: value === undefined ? word.raw : `${word.raw} ${value.raw}` });
  }
  const last = (name: string) => pairs.findLast((pair) => pair.name === name)?.value ?? null;
  const has = (name: string) => pairs.some((pair) => pair.name === name);
  const check = has('check');
  const { tls, names } = tlsOf(has, last, check);
  const checked = checkTlsOf(has, last, check);
  const sendProxy = has('send-proxy-v2') ? 'v2' : has('send-proxy') ? 'v1' : 'none';
  const consumed = new Set(['check', 'backup', 'send-proxy', 'send-proxy-v2', ...managedOptions, ...names, ...checked.names]);
  return {
    check,
    backup: has('backup'),
    sendProxy,
    tls,
    checkTls: checked.tls,
    resolvers: last('resolvers'),
    initAddr: last('init-addr'),
    resolvePrefer: last('resolve-prefer'),
    resolveOpts: last('resolve-opts'),
    extra: pairs.flatMap(({ name, raw }) => (consumed.has(name) ? [] : [raw])).join(' '),
  };
}

/** Options without those that podfront writes itself on each server. */
export function withoutManaged(words: readonly RawWord[]): readonly RawWord[] {
  const kept: RawWord[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) continue;
    const value = optionsWithValue.has(word.text) ? words[++at] : undefined;
    if (!managedOptions.has(word.text)) kept.push(word, ...(value === undefined ? [] : [value]));
  }
  return kept;
}

/** The TLS that `sslBackend` can express, and the options that it replaces. Other options are kept verbatim. */
function tlsOf(has: (name: string) => boolean, last: (name: string) => string | null, check: boolean): FoundTls {
  if (!has('ssl')) return none;
  const named = /^str\(([^()]*)\)$/.exec(last('sni') ?? '')?.[1];
  // podfront uses the SNI name for checks too; if they differ, sni is kept verbatim.
  const sameName = named !== undefined && isHostName(named) && (check ? last('check-sni') === named : !has('check-sni'));
  const sni = sameName ? named : null;
  return tlsFrom(last, sni, ['ssl', 'verify', ...(sameName ? ['sni', 'check-sni'] : [])]);
}

/** The TLS of health checks alone that `check` can express. */
function checkTlsOf(has: (name: string) => boolean, last: (name: string) => string | null, check: boolean): FoundTls {
  if (has('ssl') || !check || !has('check-ssl')) return none;
  const sni = last('check-sni');
  return sni !== null && !isHostName(sni) ? none : tlsFrom(last, sni, ['check-ssl', 'verify', 'check-sni']);
}

interface FoundTls {
  readonly tls: ServerTls;
  readonly names: readonly string[];
}

const none: FoundTls = { tls: { kind: 'none' }, names: [] };

function tlsFrom(last: (name: string) => string | null, sni: string | null, names: readonly string[]): FoundTls {
  const caFile = last('ca-file');
  switch (last('verify')) {
    case 'none':
      return caFile === null ? { tls: { kind: 'unverified', sni }, names } : none;
    case 'required':
      if (caFile === null || !caFile.startsWith('/') || !isWord(caFile)) return none;
      return { tls: { kind: 'verified', caFile, sni }, names: [...names, 'ca-file'] };
    default:
      return none;
  }
}
