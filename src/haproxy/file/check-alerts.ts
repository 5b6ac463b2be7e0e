import type { Config } from '../../config/config.ts';
import { withoutSecrets } from '../../haproxy-syntax/secrets.ts';
import { listenOfHeader } from './section-header.ts';

/** A message of `haproxy -c`, and the listen concerned; null where there is none. */
export interface Alert {
  readonly text: string;
  readonly listen: string | null;
}

/** The number of characters of a line that are searched: HAProxy quotes words of the file, which may be long. */
const maxLength = 2_000;

/**
 * Finds the ALERT and WARNING lines in the output of `haproxy -c`, and the listen that each is about: by the line number in the
 * file (`parsing [FILE:12]`), else by the name of the proxy (`proxy 'ingress'`, `listen 'ingress'`), else by the certificate
 * that it quotes, which may be that of a frontend of several listens.
 *
 * @param file the path under which HAProxy read the text
 */
export function alertsIn(output: string, file: string, text: string, config: Config): readonly Alert[] {
  const owners = listenOfLine(text);
  const names = [...new Set(owners)].filter((name) => name !== null);
  const lines = output
    .split('\n')
    .map((line) => line.slice(0, maxLength))
    .filter((line) => line.trim() !== '' && !summary.test(line) && !/^\[(NOTICE|DIAG)\]/.test(line));
  const alerts = lines.filter((line) => /^\[(ALERT|WARNING)\]/.test(line));
  // A file without a listener is refused in plain words: "will not start (no listener)".
  return (alerts.length > 0 ? alerts : lines).flatMap((line) => {
    const owner = ownerByLine(line, file, owners) ?? ownerByName(line, names);
    const listens = owner === null ? ownersByCertificate(line, config) : [owner];
    const alert = withoutSecrets(tidy(line, file));
    return (listens.length === 0 ? [null] : listens).map((listen) => ({ text: alert, listen }));
  });
}

/**
 * Whether a warning is about the current state of the machine, and not a reason to refuse the file. HAProxy 3.2 and later warn of
 * passwords that take more than 10 ms to verify, as on a busy machine; every version warns of a name server without a
 * route, such as before kube-proxy has set one at boot.
 */
export function isAboutMachine({ text }: Alert): boolean {
  return /^WARNING: .*(the hash algorithm used for this password takes \d+ milliseconds to verify|can't connect socket for nameserver)/.test(
    text,
  );
}

/** Lines that only summarise the others. */
const summary = /Fatal errors found in configuration|Some warnings were found|Error\(s\) found in configuration file/;

/** A line such as `[ALERT] 12/345 (678) : config : ...` or `[ALERT]    (678) : config : ...` without pid and path. */
function tidy(line: string, file: string): string {
  return line
    .replace(/^\[(\w+)\][\s\d/]*\(\d+\)\s*:\s*(config\s*:\s*)?/, '$1: ')
    .replaceAll(file, 'haproxy.cfg')
    .trim();
}

function ownerByLine(line: string, file: string, owners: readonly (string | null)[]): string | null {
  const at = line.indexOf(`[${file}:`);
  const number = at < 0 ? undefined : /^\d+/.exec(line.slice(at + file.length + 2))?.[0];
  return number === undefined ? null : (owners[Number(number) - 1] ?? null);
}

function ownerByName(line: string, names: readonly string[]): string | null {
  for (const [, quoted] of line.matchAll(/(?:proxy|listen|backend|frontend|server)\s+'([^'/]+)/g)) {
    if (quoted !== undefined && names.includes(quoted)) return quoted;
  }
  return null;
}

/** HAProxy quotes the file it cannot load: the `crt` itself, one in that folder, or its key (`unable to load certificate from file 'FILE'`). */
function ownersByCertificate(line: string, { listens }: Config): readonly string[] {
  const quoted = [...line.matchAll(/'(\/[^']+)'/g)].map(([, path = '']) => path);
  const isOf = (crt: string) => quoted.some((path) => path === crt || path.startsWith(`${crt}/`) || path === `${crt}.key`);
  return listens.filter(({ binds }) => binds.some(({ tls }) => tls !== null && isOf(tls.crt))).map(({ name }) => name);
}

/** The listen of each line of a file; null for lines of other sections. */
export function listenOfLine(text: string): readonly (string | null)[] {
  let current: string | null = null;
  return text.split('\n').map((line) => {
    if (/^\S/.test(line)) current = listenOfHeader(line);
    return current;
  });
}
