import { isHostName } from './kubernetes-names.ts';
import { invalidValue } from './quoted.ts';

/** A host name, or `*.` and one: every name below it. Small letters, because neither DNS nor TLS tells them apart. Throws config.value. */
export function readHostPattern(text: string): string {
  const bare = text.startsWith('*.') ? text.slice(2) : text;
  if (isHostName(bare)) return text.toLowerCase();
  throw invalidValue(text, 'host name', 'write a name such as app.example.org, or *.example.org for every name below it');
}

/** A protocol of ALPN, as in IANA's list. Throws config.value. */
export function readAlpn(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9./_-]{0,31}$/.test(text)) return text;
  throw invalidValue(text, 'protocol of ALPN', 'write h2 or http/1.1');
}

/** Name of a group, as groupadd(8) takes it. Throws config.value. */
export function readGroup(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(text)) return text;
  throw invalidValue(text, 'name of a group', 'use letters, digits and - _ .');
}

/** Name of a peer: that of a host, or what HAProxy got by -L. Throws config.value. */
export function readPeer(text: string): string {
  if (/^[A-Za-z0-9_.:-]{1,128}$/.test(text)) return text;
  throw invalidValue(text, 'name of a peer', "write the host's name, or that given by localpeer or -L");
}
