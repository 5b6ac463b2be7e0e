import { type Check, fail, pass, warn } from '../check.ts';
import { daysLeft } from './days-left.ts';

/** The certificate that an API server presented, as node:tls gives it. */
export interface PresentedCertificate {
  /** Milliseconds since 1970. */
  readonly validFrom: number;
  readonly validTo: number;
  readonly subject: string;
  /** Whether it is valid for the name that was asked for. */
  readonly fits: boolean;
}

const day = 86_400_000;

/** A month leaves time to renew; cluster certificates are valid for a year, and only certmgr or kubeadm renews them automatically. */
const renewalTime = 30 * day;

/** Judges the certificate at the time `now`, in milliseconds since 1970. */
export function judgeCertificate(
  name: string,
  { validFrom, validTo, subject, fits }: PresentedCertificate,
  host: string,
  now: number,
): Check {
  const date = (at: number) => new Date(at).toISOString().slice(0, 10);
  const what = `${subject || 'a certificate without a subject'}, valid from ${date(validFrom)} to ${date(validTo)}`;
  const renew = 'renew it on the master: with easyCerts restart certmgr there, with kubeadm run kubeadm certs renew apiserver';
  if (validTo <= now) return fail(name, `${what}: it has expired`, renew);
  if (validFrom > now)
    return fail(name, `${what}: it is not valid yet`, "check the clocks of this machine and of the master, then the certificate's dates");
  if (validTo - now < renewalTime) return warn(name, `${what}: ${daysLeft(validTo - now)}`, renew);
  if (!fits) return warn(name, `${what}; it is not valid for ${host}`, 'name the master in cluster.master as its certificate does');
  return pass(name, what);
}
