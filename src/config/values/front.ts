import { isHostName } from './kubernetes-names.ts';
import { invalidValue } from './quoted.ts';

/** Checks a host name, or `*.` and a host name for every name below it, and returns it in lower case: DNS and TLS ignore case. Throws config.value. */
export function readHostPattern(text: string): string {
  const bare = text.startsWith('*.') ? text.slice(2) : text;
  if (isHostName(bare)) return text.toLowerCase();
  throw invalidValue(text, 'host name', 'write a name such as app.example.org, or *.example.org for every name below it');
}

/** Checks an ALPN protocol, as in IANA's registry. Throws config.value. */
export function readAlpn(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9./_-]{0,31}$/.test(text)) return text;
  throw invalidValue(text, 'ALPN protocol', 'write h2 or http/1.1');
}

/** Checks the name of a group, as groupadd(8) accepts it. Throws config.value. */
export function readGroup(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(text)) return text;
  throw invalidValue(text, 'group name', 'use letters, digits and - _ .');
}

/** Checks the name of a peer: a host name, or the name given to HAProxy with -L. Throws config.value. */
export function readPeer(text: string): string {
  if (/^[A-Za-z0-9_.:-]{1,128}$/.test(text)) return text;
  throw invalidValue(text, 'peer name', 'write the host name, or the name given with localpeer or -L');
}
