import { parseSingleBind } from '../haproxy-syntax/bind.ts';
import { isValid } from '../problem/problem.ts';
import type { WholeProxy } from './effective.ts';

/** The lines of a plain stats page. */
const ofStatsPage = /^(bind \S+|stats (enable|uri \/|refresh \S+|hide-version)|log global|option (httplog|dontlognull)|timeout .*)$/;

/** The address of a plain stats page, which podfront writes itself; null for any other proxy. */
export function statsPage({ mode, lines }: WholeProxy): string | null {
  const texts = lines.map(({ text }) => text);
  const [bind, second] = texts.filter((line) => line.startsWith('bind ')).map((line) => line.slice(5).trim());
  if (mode !== 'http' || bind === undefined || second !== undefined || !texts.includes('stats enable') || !texts.includes('stats uri /'))
    return null;
  return texts.every((line) => ofStatsPage.test(line)) && isValid(() => parseSingleBind(bind)) ? bind : null;
}
