import type { BackendTls, Listen } from '../../config/config.ts';

/** TLS to the pods, else of the health check alone. A check takes the SNI only from `check-sni` (HAProxy manual 5.2). */
export function tlsOptions({ tls, check, checkTls }: Listen): string | null {
  const checkSni = ({ sni }: Exclude<BackendTls, { kind: 'none' }>) => (check && sni !== null ? ` check-sni ${sni}` : '');
  if (tls.kind !== 'none') return `ssl ${verifyOptions(tls)}${tls.sni === null ? '' : ` sni str(${tls.sni})`}${checkSni(tls)}`;
  return check && checkTls.kind !== 'none' ? `check-ssl ${verifyOptions(checkTls)}${checkSni(checkTls)}` : null;
}

function verifyOptions(tls: Exclude<BackendTls, { kind: 'none' }>): string {
  return tls.kind === 'unverified' ? 'verify none' : `verify required ca-file ${tls.caFile}`;
}

/** The PROXY protocol towards the pods; null without it. */
export function proxyOption({ sendProxy }: Listen): string | null {
  return { none: null, v1: 'send-proxy', v2: 'send-proxy-v2' }[sendProxy];
}
