import { problem } from '../problem/problem.ts';

/** A HAProxy version as far as keywords depend on it. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  /** `2.6`, or `2.6.12` where the patch level is known. */
  readonly text: string;
}

/** The version that the file is written for where HAProxy is not installed: that of Debian 12. */
export const assumedVersion: Version = { major: 2, minor: 6, text: '2.6' };

/**
 * Reads `2.6`, `2.6.12`, or the first line of `haproxy -v`.
 * @throws Problem `haproxy.version-unknown`; `haproxy.version-unsupported` before 2.3
 */
export function parseVersion(text: string): Version {
  const match = /(?:^|HA-?Proxy version )(\d{1,3})\.(\d{1,3})(?:[.-][\w.+~-]*)?(?:\s|$)/i.exec(text.split('\n')[0] ?? '');
  if (match === null) throw problem('haproxy.version-unknown', { got: JSON.stringify(text.slice(0, 80)) });
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const version = { major, minor, text: /\d[\w.]*/.exec(match[0])?.[0] ?? `${major}.${minor}` };
  if (!atLeast(version, 2, 3)) throw problem('haproxy.version-unsupported', { version: version.text });
  return version;
}

/** Whether the version is major.minor or newer. */
export function atLeast(version: Version, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
