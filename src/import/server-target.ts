import { type Address, parseAddress } from '../ip/address.ts';

/** The target of a server line. */
export type Target =
  /** A name of cluster DNS; `port` is null where none is written, or for SRV. */
  | {
      readonly kind: 'service';
      readonly records: 'wildcard' | 'plain' | 'srv';
      /** The name of the port in an SRV name. */
      readonly portName: string | null;
      readonly service: string;
      readonly namespace: string;
      readonly domain: string;
      readonly port: number | null;
      /** Whether it ended with a dot. */
      readonly dotted: boolean;
    }
  | { readonly kind: 'address'; readonly address: Address; readonly port: number }
  | { readonly kind: 'other' };

const other = { kind: 'other' } as const;
const name = /^(?:(\*|any)\.|_([a-z0-9-]+)\._tcp\.)?([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.([a-z0-9.-]*[a-z0-9-])(\.?)$/;

/** Reads `NAME:PORT`, `NAME` or `ADDRESS:PORT` (configuration manual 5.2; Kubernetes DNS specification 1.1.0). */
export function readTarget(text: string): Target {
  const [, host = '', written] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = written === undefined ? null : Number(written);
  if (port !== null && (port < 1 || port > 65_535)) return other;
  const address = parseAddress(host.replace(/^\[(.*)\]$/, '$1'));
  if (address !== null) return port === null ? other : { kind: 'address', address, port };
  const match = name.exec(host.toLowerCase());
  if (match === null) return other;
  const [, wildcard, portName, service = '', namespace = '', domain = '', dot] = match;
  const records = wildcard !== undefined ? 'wildcard' : portName !== undefined ? 'srv' : 'plain';
  return { kind: 'service', records, portName: portName ?? null, service, namespace, domain, port, dotted: dot === '.' };
}

/** The name without its port, as podfront writes it. */
export function targetName({ records, portName, service, namespace, domain }: Extract<Target, { kind: 'service' }>): string {
  const prefix = records === 'wildcard' ? '*.' : records === 'srv' ? `_${portName}._tcp.` : '';
  return `${prefix}${service}.${namespace}.svc.${domain}`;
}
