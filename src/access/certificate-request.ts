import { generateKeyPairSync, sign } from 'node:crypto';

/** A new key, and the request (PKCS #10, RFC 2986) to certify it for a user; both PEM. */
export interface CertificateRequest {
  readonly key: string;
  readonly request: string;
}

/** Types of ASN.1 (X.690, 8.1.2). */
const tag = { integer: 0x02, bits: 0x03, text: 0x0c, sequence: 0x30, set: 0x31, attributes: 0xa0 };
/** Object identifiers in DER: ecdsa-with-SHA256 (RFC 5758) and commonName (RFC 5280, appendix A.1). */
const ecdsaWithSha256 = Buffer.from('06082a8648ce3d040302', 'hex');
const commonName = Buffer.from('0603550403', 'hex');

/** Makes a key on the curve P-256 and a request with `CN=user`: the API server uses the common name as the user. */
export function certificateRequest(user: string): CertificateRequest {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = der(tag.sequence, der(tag.set, der(tag.sequence, commonName, der(tag.text, Buffer.from(user)))));
  const version = der(tag.integer, Buffer.from([0]));
  const info = der(tag.sequence, version, name, publicKey.export({ type: 'spki', format: 'der' }), der(tag.attributes));
  // The first byte of a bit string is the number of its unused bits.
  const signature = der(tag.bits, Buffer.from([0]), sign('sha256', info, privateKey));
  const request = der(tag.sequence, info, der(tag.sequence, ecdsaWithSha256), signature);
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), request: pem('CERTIFICATE REQUEST', request) };
}

/** A value with its type and length before it (X.690, 8.1.3). */
function der(type: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([type, ...size]), content]);
}

function pem(what: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${what}-----`, ...lines, `-----END ${what}-----`, ''].join('\n');
}
