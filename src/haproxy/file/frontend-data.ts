import type { BindTls, Listen } from '../../config/config.ts';
import type { Accounts } from '../../config/htpasswd.ts';
import { problem } from '../../problem/problem.ts';
import type { Frontend } from './frontends.ts';
import type { Data } from './template.ts';

/** The words of a `bind`: its address, and TLS with every certificate where it ends there (HAProxy manual 5.1). */
export function bindWords(address: string, tls: BindTls | null, crts: readonly string[]): string {
  if (tls === null) return address;
  const alpn = tls.alpn.length === 0 ? '' : ` alpn ${tls.alpn.join(',')}`;
  return `${address} ssl${crts.map((crt) => ` crt ${crt}`).join('')}${alpn}`;
}

/**
 * The data of a frontend. It routes by the name in the TLS handshake where TLS passes through, by that of the session where it is
 * terminated here, and by the host of the request, without its port, in mode `http`.
 */
export function frontendData({ name, mode, binds, routes, fallback, crts }: Frontend): Data {
  const passed = mode === 'tcp' && binds.every(({ tls }) => tls === null);
  const by = mode === 'http' ? 'req.hdr(host),field(1,:)' : passed ? 'req.ssl_sni' : 'ssl_fc_sni';
  return {
    name,
    binds: binds.map(({ text, tls }) => bindWords(text, tls, crts.get(text) ?? [])),
    mode,
    handshake: passed,
    routes: routes.map(({ host, below, listen }) => ({ by, host, below, listen })),
    fallback,
  };
}

/** The rule that asks for a password; the realm is the name of the listen. */
export function authRule({ name, basicAuth }: Listen): string {
  const users = `_users_${name}`;
  const group = basicAuth?.group ?? null;
  const allowed = group === null ? `{ http_auth(${users}) }` : `{ http_auth_group(${users}) ${group} }`;
  return `http-request auth realm ${name} unless ${allowed}`;
}

/** The rules for requests and responses in the order in which HAProxy must evaluate them: the redirect to TLS comes before the password. */
export function httpRules(listen: Listen): readonly string[] {
  return [
    ...(listen.redirectToHttps ? ['http-request redirect scheme https code 308 unless { ssl_fc }'] : []),
    // The password is not forwarded to the pods.
    ...(listen.basicAuth === null ? [] : [authRule(listen), 'http-request del-header Authorization']),
    // http-after-response (HAProxy 2.2) also covers responses of HAProxy itself.
    ...(listen.hsts === null ? [] : [`http-after-response set-header Strict-Transport-Security max-age=${listen.hsts} if { ssl_fc }`]),
  ];
}

/** The `userlist` of a listen; null without basic authentication. */
export function usersData({ name, basicAuth }: Listen, accounts: Accounts): Data {
  if (basicAuth === null) return null;
  const users = accounts.get(name);
  if (users === undefined) throw problem('defect', { what: `the users of listen ${name} were not read` });
  return { list: `_users_${name}`, group: basicAuth.group, accounts: users.map(({ user, hash }) => ({ user, hash })) };
}
