import { readAlpn } from '../config/values/front.ts';
import { readAbsolutePath } from '../config/values/haproxy.ts';
import { parseBind } from '../haproxy-syntax/bind.ts';
import { isValid } from '../problem/problem.ts';
import type { ImportedBind } from './model.ts';
import { type RawWord, rawWords } from './raw-words.ts';
import type { ConfigLine } from './section.ts';

/** The binds of a proxy: addresses, with or without TLS, and lines that are copied because podfront has no key for them. */
export interface Binds {
  readonly known: readonly ImportedBind[];
  readonly lines: readonly ConfigLine[];
}

/** Reads `bind ADDRESS[,ADDRESS...] [ssl crt FILE [alpn LIST]]` (configuration manual 4.2, bind, and 5.1). */
export function readBinds(lines: readonly ConfigLine[], mode: string): Binds {
  const known: ImportedBind[] = [];
  const kept: ConfigLine[] = [];
  for (const line of lines) {
    const [, address, ...options] = rawWords(line.text);
    const binds = address === undefined || address.raw !== address.text ? [] : address.text.split(',').map(readOne);
    const tls = readTls(options, mode);
    const read = binds.filter((bind) => bind !== null);
    if (tls === undefined || read.length === 0 || read.length < binds.length) kept.push(line);
    else known.push(...read.map((bind, i) => ({ ...bind, tls, comments: i === 0 ? line.comments : [] })));
  }
  return { known, lines: kept };
}

/** The TLS options of a bind: `ssl`, one `crt` and perhaps `alpn`, each once; null without any option, undefined for anything else. */
function readTls(options: readonly RawWord[], mode: string): ImportedBind['tls'] | undefined {
  if (options.length === 0) return null;
  const said = new Map<string, string>();
  for (let at = 0; at < options.length; at++) {
    const word = options[at];
    const name = word?.text ?? '';
    const value = name === 'ssl' ? '' : options[++at]?.text;
    if (!['ssl', 'crt', 'alpn'].includes(name) || value === undefined || said.has(name)) return undefined;
    said.set(name, value);
  }
  const crt = said.get('crt');
  const alpn = said.get('alpn')?.split(',') ?? [];
  const sound = crt !== undefined && said.has('ssl') && isValid(() => [readAbsolutePath(crt), ...alpn.map(readAlpn)]);
  // podfront's default: see listenOf in config/parse.ts.
  const usual = mode === 'http' ? 'h2,http/1.1' : '';
  return sound ? { crt, alpn: alpn.join(',') === usual ? null : alpn } : undefined;
}

/** An address that podfront can bind, with `:::` corrected to `::`; null for anything else. */
function readOne(text: string): Pick<ImportedBind, 'text' | 'original'> | null {
  if (isValid(() => parseBind(text))) return { text, original: null };
  const corrected = text.replace(/:{3,}(?!\d+$)/g, '::');
  return corrected !== text && isValid(() => parseBind(corrected)) ? { text: corrected, original: text } : null;
}
