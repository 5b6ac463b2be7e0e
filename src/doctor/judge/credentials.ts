import { type Check, fail, pass, warn } from '../check.ts';
import { daysLeft } from './days-left.ts';

const day = 86_400_000;

/** The lifetime of credentials for the Kubernetes API. */
export interface CredentialLifetime {
  readonly what: 'token' | 'client certificate';
  /** Milliseconds since 1970; null where it has no end, or the end is not known. */
  readonly endsAt: number | null;
  /** Whether it is replaced in its file before it ends, as by the kubelet. */
  readonly replaced: boolean;
}

/** Judges the credentials at the time `now`, in milliseconds since 1970: a month leaves time to make new ones. */
export function judgeCredentials(name: string, lifetimes: readonly CredentialLifetime[], now: number): Check {
  const remedy = 'make new credentials with podfront kubeconfig, and put the file in place; podfront reads it again';
  const texts = lifetimes.map(({ what, endsAt }) =>
    endsAt === null ? `the ${what} does not end` : `the ${what} ends on ${dateOf(endsAt)}`,
  );
  const ending = lifetimes.flatMap(({ what, endsAt, replaced }) => (endsAt === null ? [] : [{ what, left: endsAt - now, replaced }]));
  const ended = ending.filter(({ left }) => left <= 0);
  if (ended.length > 0) return fail(name, `${texts.join('; ')}: the ${ended.map(({ what }) => what).join(' and the ')} has ended`, remedy);
  const soon = ending.filter(({ left, replaced }) => !replaced && left < 30 * day);
  if (soon.length > 0) return warn(name, `${texts.join('; ')}: ${daysLeft(Math.min(...soon.map(({ left }) => left)))}`, remedy);
  return pass(name, texts.join('; '));
}

/** The end of a token by its `exp` (RFC 7519, section 4.1.4), in milliseconds since 1970; null where it is not a JWT or has none. */
export function endOfToken(token: string): number | null {
  const [, payload = ''] = token.split('.');
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { readonly exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : null;
  } catch {
    return null;
  }
}

function dateOf(at: number): string {
  return Math.abs(at) < 8.64e15 ? new Date(at).toISOString().slice(0, 10) : 'a date beyond all calendars';
}
