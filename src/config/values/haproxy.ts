import { type Bind, parseSingleBind } from '../../haproxy-syntax/bind.ts';
import { isWord } from '../../haproxy-syntax/word.ts';
import { problem } from '../../problem/problem.ts';
import type { StatusAddress } from '../config.ts';
import { nearest } from '../nearest.ts';
import { isHostName } from './kubernetes-names.ts';
import { invalidValue, quote } from './quoted.ts';

/** Parses the address of HAProxy's stats page; null for `none`. Throws config.bind. */
export function readStats(text: string): Bind | null {
  return text === 'none' ? null : parseSingleBind(text);
}

/** Parses an address or the absolute path of a unix socket; null for `none`. Throws config.bind or config.value. */
export function readStatus(text: string): StatusAddress | null {
  if (text === 'none') return null;
  if (text.startsWith('/')) return { kind: 'unix', path: readSocket(text) };
  const { host, firstPort } = parseSingleBind(text);
  return { kind: 'tcp', address: host ?? { family: 4, value: 0n, text: '0.0.0.0' }, port: firstPort };
}

/** Checks the path of a file or folder; relative paths start at the folder of the configuration. Throws config.value. */
export function readPath(text: string): string {
  const why = 'write a path without control characters, at most 4000 bytes';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
  if (text === '' || /[\u0000-\u001f\u007f]/.test(text) || text.length > 4000 || text.startsWith('-'))
    throw invalidValue(text, 'path', why);
  return text;
}

/** Checks an absolute path that is written into HAProxy's file. Throws config.value or config.word. */
export function readAbsolutePath(text: string): string {
  if (!text.startsWith('/')) throw invalidValue(text, 'absolute path', 'write the full path, starting with /');
  return readWord(readPath(text));
}

/** Checks the absolute path of a unix socket: the kernel allows 107 bytes (unix(7)). Throws config.value or config.word. */
export function readSocket(text: string): string {
  if (text.length > 107)
    throw invalidValue(text, 'path of a unix socket', `use at most 107 characters, the kernel's limit; it has ${text.length}`);
  return readAbsolutePath(text);
}

/** Checks the name of a systemd unit (systemd.unit(5)). Throws config.value. */
export function readUnit(text: string): string {
  if (/^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}$/.test(text)) return text;
  throw invalidValue(text, 'name of a systemd unit', 'write a name such as haproxy.service');
}

/** Checks an argument of a command. Throws config.value. */
export function readArgument(text: string): string {
  if (text.includes('\u0000')) throw invalidValue(text, 'argument of a command', 'remove the NUL character');
  return text;
}

/** Checks a word of HAProxy's language. Throws config.word. */
export function readWord(text: string): string {
  if (!isWord(text)) throw problem('config.word', { got: quote(text) });
  return text;
}

/** Checks a HAProxy version or `auto`. Throws config.value. */
export function readVersion(text: string): string {
  if (text === 'auto' || /^[1-9]\d?\.\d{1,2}(\.\d{1,3})?$/.test(text)) return text;
  throw invalidValue(text, 'HAProxy version', 'write auto, or a version such as "2.6"');
}

/** The algorithms of `balance` (configuration manual, section 4.2) and whether they need `mode http`. */
const algorithms: Readonly<Record<string, boolean>> = {
  ...{
    roundrobin: false,
    'static-rr': false,
    leastconn: false,
    first: false,
    source: false,
    random: false,
    hash: false,
    'rdp-cookie': false,
  },
  ...{ uri: true, url_param: true, hdr: true },
};

/** Whether HAProxy accepts the algorithm in `mode http` only. */
export function needsHttp(balance: string): boolean {
  return algorithms[/^[a-z_-]+/.exec(balance)?.[0] ?? ''] === true;
}

/** Checks a balance algorithm with its arguments; runs of spaces become one. Throws config.value or config.word. */
export function readBalance(text: string): string {
  const words = text.split(/[ \t]+/).filter((word) => word !== '');
  const [, name = '', argument] = /^([A-Za-z0-9_-]*)(\(.*\))?$/s.exec(words[0] ?? '') ?? [];
  if (!Object.hasOwn(algorithms, name)) {
    const meant = nearest(name, Object.keys(algorithms));
    throw invalidValue(
      text,
      'balance algorithm',
      meant === null ? `HAProxy has ${Object.keys(algorithms).join(', ')}` : `did you mean ${meant}?`,
    );
  }
  for (const word of words) readWord(word);
  if (name === 'hdr' && argument === undefined) throw invalidValue(text, 'balance algorithm', 'name the header, such as hdr(host)');
  if ((name === 'hash' || name === 'url_param') && words.length < 2)
    throw invalidValue(text, 'balance algorithm', `${name} needs an argument`);
  return words.join(' ');
}

/** Names of proxies that HAProxy creates itself. */
const reserved = new Set(['global', 'master', 'mcli', 'cli', 'httpclient', 'lua-socket']);

/** Checks the name of a listen, which names a HAProxy proxy (configuration manual, section 4). Throws config.name. */
export function readListenName(text: string): string {
  const bad = (why: string, hint: string) => problem('config.name', { got: quote(text), what: 'the name of a listen', why, hint });
  if (!/^[A-Za-z0-9_.:-]+$/.test(text))
    throw bad(text === '' ? 'it is empty' : 'HAProxy would not accept it', 'use letters, digits and - _ . :');
  if (text.length > 128) throw bad(`it has ${text.length} characters`, 'use at most 128');
  if (text.startsWith('_'))
    throw bad('it starts with _, which is reserved for sections of podfront', `name it ${text.replace(/^_+/, '') || 'ingress'}`);
  if (reserved.has(text.toLowerCase()))
    throw bad('HAProxy has a built-in proxy of that name', `use another name, such as ${text.toLowerCase()}-service`);
  return text;
}

/** Checks the server name for TLS to the servers. Throws config.value. */
export function readSni(text: string): string {
  if (isHostName(text)) return text;
  throw invalidValue(text, 'host name for SNI', 'write a name such as app.example.org');
}
