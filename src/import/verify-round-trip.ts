import type { Account } from '../config/htpasswd.ts';
import { isWord } from '../haproxy-syntax/word.ts';
import { effective, type WholeProxy } from './effective.ts';
import { emptyNotes } from './note.ts';
import { rawWords } from './raw-words.ts';
import { isRedirect, maxAge, readAuth } from './rules.ts';
import type { ConfigLine, Section } from './section.ts';
import { sectionsOf } from './sections.ts';
import { managedOptions } from './server-options.ts';
import { userlistOf } from './userlists.ts';

/** The users of each list, or of a group in it. */
export type Lists = ReadonlyMap<string, (group: string | null) => readonly Account[]>;

/** A listen that has another meaning once it is rendered, with the lines that only one of the two has. */
export interface Deviation {
  readonly listen: string;
  readonly missing: readonly string[];
  readonly added: readonly string[];
}

/**
 * Compares the imported proxies with the rendered ones, line by line and word by word. It works on the original lines, so that it finds
 * a word that the import lost.
 */
export function deviations(before: readonly WholeProxy[], rendered: string, lists: Lists = new Map()): readonly Deviation[] {
  const sections = sectionsOf(rendered, emptyNotes());
  const after = new Map(effective(sections, emptyNotes()).proxies.map((proxy) => [proxy.name, proxy]));
  const ours = listsOf(sections);
  return before.flatMap((proxy) => {
    const was = meaning(proxy, lists);
    const now = after.get(proxy.name);
    const is = now === undefined ? [] : meaning(now, ours);
    const missing = without(was, is);
    const added = without(is, was);
    return missing.length + added.length === 0 ? [] : [{ listen: proxy.name, missing, added }];
  });
}

/** The lines of a proxy in a normal form: options sorted, one address per line, slots added up, rules in their order. */
function meaning({ mode, balance, lines, shared, hosts }: WholeProxy, lists: Lists): readonly string[] {
  const out = [`mode ${mode}`, ...(shared === null ? [] : ['shared']), ...hosts.map((host) => `host ${host}`)];
  const slots = new Map<string, number>();
  const balances = [balance ?? 'roundrobin'];
  let defaults: readonly string[] = [];
  const rules = new Map<string, number>();
  const asking = askingOf(lines, lists);
  const always = lines.every(({ words }) => words[0] !== 'bind' || words.includes('ssl'));
  for (const line of lines) {
    const { text } = line;
    const words = rawWords(text).map(({ raw, text: word }) => (isWord(word) ? word : raw));
    const [keyword = '', ...rest] = words;
    if (keyword === 'default-server') defaults = [...defaults, ...rest];
    else if (keyword === 'server' || keyword === 'server-template') {
      const template = keyword === 'server-template';
      const [id = '', range = ''] = rest;
      const [target = '', ...options] = rest.slice(template ? 2 : 1);
      const { what, count } = template ? { what: 'slots', count: slotCount(range) } : { what: nameOf(target, id), count: 1 };
      const key = `${what} ${plainTarget(target)} ${kept([...defaults, ...options])}`;
      slots.set(key, (slots.get(key) ?? 0) + count);
    } else if (keyword === 'balance') balances.push(rest.join(' '));
    else if (keyword === 'bind' && rest.length === 1)
      for (const address of (rest[0] ?? '').split(',')) out.push(`bind ${corrected(address)}`);
    else if (keyword === 'bind') {
      const [addresses = '', ...options] = rest;
      for (const address of addresses.split(',')) out.push(`bind ${corrected(address)} ${options.sort().join(' ')}`);
    } else if (!asking?.besides.includes(line)) {
      const kind = keyword === 'no' ? (rest[0] ?? '') : keyword;
      rules.set(kind, (rules.get(kind) ?? 0) + 1);
      out.push(`${rules.get(kind)}. ${asking?.rule === line ? 'http-request auth' : said(line, always)}`);
    }
  }
  // The last one counts.
  return [...out, ...(asking?.users ?? []), `balance ${balances.at(-1)}`, ...[...slots].map(([key, count]) => `${count} ${key}`)].sort();
}

/** A rule in a normal form, the same for podfront's own rule of that meaning. */
function said(line: ConfigLine, always: boolean): string {
  if (isRedirect(line)) return 'redirect to https';
  const hsts = maxAge(line, always);
  return hsts === null ? line.text : `hsts ${hsts}`;
}

/** The users that are asked for a password where the userlist is imported: users are compared, not the names of the list and the realm. */
function askingOf(lines: readonly ConfigLine[], lists: Lists) {
  const rules = lines.filter(({ words }) => words[0] === 'http-request');
  // Nothing after these is imported: see readRules.
  for (const [at, rule] of rules.slice(0, 2).entries()) {
    const auth = readAuth(rule, lines);
    const users = auth === null ? undefined : lists.get(auth.basicAuth.userlist)?.(auth.basicAuth.group);
    if (auth === null || users === undefined) continue;
    const next = rules[at + 1];
    const header = next !== undefined && next.words.join(' ') === 'http-request del-header Authorization' ? [next] : [];
    const besides = [...auth.covered.filter((line) => line !== rule), ...header];
    return { rule, besides, users: users.map(({ user, hash }) => `user ${user} password ${hash}`) };
  }
  return null;
}

function listsOf(sections: readonly Section[]): Lists {
  const lists = sections.filter(({ keyword }) => keyword === 'userlist').map((section) => userlistOf(section, null));
  return new Map(lists.flatMap((list) => (list.kind === 'readable' ? [[list.name, list.accounts] as const] : [])));
}

/** The name of a server by address, which is kept; servers that follow a name are slots without a name of their own. */
function nameOf(target: string, id: string): string {
  return /^[\d.]+:|^\[/.test(target) ? `server ${id}` : 'slots';
}

function slotCount(range: string): number {
  const [first = '0', last] = range.split('-');
  return last === undefined ? Number(first) : Number(last) - Number(first) + 1;
}

/** A target in a normal form: HAProxy ignores the port of an SRV name, `any` is `*`, and a final dot changes nothing. */
function plainTarget(target: string): string {
  const plain = target
    .toLowerCase()
    .replace(/^any\./, '*.')
    .replace(/\.(:\d+)?$/, '$1');
  return plain.startsWith('_') ? plain.replace(/:\d+$/, '') : plain;
}

function kept(options: readonly string[]): string {
  const out: string[] = [];
  for (let at = 0; at < options.length; at++) {
    const word = options[at] ?? '';
    if (managedOptions.has(word)) at++;
    else out.push(word);
  }
  return [...new Set(out)].sort().join(' ');
}

function corrected(address: string): string {
  return address.replace(/:{3,}(?!\d+$)/g, '::');
}

/** The multiset difference of the first lines and the others. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}
