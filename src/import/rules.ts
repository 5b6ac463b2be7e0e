import type { ImportedAuth } from './model.ts';
import type { ConfigLine } from './section.ts';

/** The HTTP rules of a proxy that podfront has keys for. */
export interface Rules {
  readonly redirectToHttps: boolean;
  readonly hsts: number | null;
  readonly basicAuth: ImportedAuth | null;
  /** The lines that these keys replace. */
  readonly covered: ReadonlySet<ConfigLine>;
}

/** The lines of a proxy, and their context. */
export interface RulesInput {
  readonly lines: readonly ConfigLine[];
  readonly mode: string;
  /** The addresses at which HAProxy terminates TLS. */
  readonly tls: 'none' | 'some' | 'all';
  /** The lists of users that are imported. */
  readonly lists: ReadonlySet<string>;
  readonly groups: (group: string) => boolean;
}

const noRules: Rules = { redirectToHttps: false, hsts: null, basicAuth: null, covered: new Set() };

/**
 * Reads the rules that podfront has keys for. podfront writes them before all others of a listen, the redirect before the password, and
 * HAProxy evaluates `http-request` rules in order (configuration manual 4.2). So each is read only where no other rule of its kind is before it.
 */
export function readRules({ lines, mode, tls, lists, groups }: RulesInput): Rules {
  if (mode !== 'http') return noRules;
  const covered = new Set<ConfigLine>();
  const requests = lines.filter(({ words }) => words[0] === 'http-request');
  const [redirect] = requests;
  const redirectToHttps = tls !== 'none' && redirect !== undefined && isRedirect(redirect);
  if (redirectToHttps) covered.add(redirect);
  const asking = requests[redirectToHttps ? 1 : 0];
  const auth = asking === undefined ? null : readAuth(asking, lines);
  const basicAuth =
    auth !== null && lists.has(auth.basicAuth.userlist) && (auth.basicAuth.group === null || groups(auth.basicAuth.group))
      ? auth.basicAuth
      : null;
  if (basicAuth !== null && auth !== null) {
    for (const line of auth.covered) covered.add(line);
    const next = requests[redirectToHttps ? 2 : 1];
    if (next !== undefined && next.words.join(' ') === 'http-request del-header Authorization') covered.add(next);
  }
  const [after] = lines.filter(({ words }) => words[0] === 'http-after-response');
  const hsts = after === undefined || tls === 'none' ? null : maxAge(after, tls === 'all');
  if (hsts !== null && after !== undefined) covered.add(after);
  return { redirectToHttps, hsts, basicAuth, covered };
}

const withoutTls = ['unless { ssl_fc }', 'if !{ ssl_fc }', 'if ! { ssl_fc }'];
const overTls = ['if { ssl_fc }', 'unless !{ ssl_fc }', 'unless ! { ssl_fc }'];

/** Whether a line is the same as `redirectToHttps`, which sends status 308. HAProxy's default of 302 is not: a browser caches only the former. */
export function isRedirect({ words }: ConfigLine): boolean {
  const text = words.join(' ');
  return withoutTls.some((condition) => text === `http-request redirect scheme https code 308 ${condition}`);
}

/** The max-age of a line that sets Strict-Transport-Security with nothing else, in every response over TLS; null for any other line. */
export function maxAge({ words }: ConfigLine, always: boolean): number | null {
  const [rule, set, header = '', value = '', ...rest] = words;
  const [, seconds] = /^max-age=(\d{1,8})$/.exec(value) ?? [];
  const condition = rest.join(' ');
  if (rule !== 'http-after-response' || set !== 'set-header' || header.toLowerCase() !== 'strict-transport-security') return null;
  if (seconds === undefined || Number(seconds) > 63_072_000 || String(Number(seconds)) !== seconds) return null;
  return overTls.includes(condition) || (always && condition === '') ? Number(seconds) : null;
}

/** Reads `http-request auth [realm R] unless { http_auth(LIST) }`, or the same with a named acl that nothing else uses. */
export function readAuth(
  line: ConfigLine,
  lines: readonly ConfigLine[],
): { readonly basicAuth: ImportedAuth; readonly covered: readonly ConfigLine[] } | null {
  const [, auth, ...rest] = line.words;
  const condition = rest[0] === 'realm' ? rest.slice(2) : rest;
  if (auth !== 'auth') return null;
  const text = condition.join(' ').replace(/^if ! ?/, 'unless ');
  const [, direct] = /^unless \{ (.*) \}$/.exec(text) ?? [];
  if (direct !== undefined) return authOf(direct, [line]);
  const [, name] = /^unless ([A-Za-z0-9_.:-]+)$/.exec(text) ?? [];
  const acls = lines.filter(({ words }) => words[0] === 'acl' && words[1] === name);
  const [acl] = acls;
  const elsewhere = lines.some((other) => other !== line && other !== acl && other.words.some((word) => word.replace(/^!/, '') === name));
  return name === undefined || acl === undefined || acls.length > 1 || elsewhere ? null : authOf(acl.words.slice(2).join(' '), [acl, line]);
}

function authOf(fetch: string, covered: readonly ConfigLine[]): ReturnType<typeof readAuth> {
  const [, anyone] = /^http_auth\(([^()\s]+)\)$/.exec(fetch) ?? [];
  if (anyone !== undefined) return { basicAuth: { userlist: anyone, group: null }, covered };
  const [, list, group] = /^http_auth_group\(([^()\s]+)\) (\S+)$/.exec(fetch) ?? [];
  return list === undefined || group === undefined ? null : { basicAuth: { userlist: list, group }, covered };
}
