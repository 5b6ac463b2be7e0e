/**
 * Whether podfront may ask for the name: a host name whose labels may also start with `_` (RFC 2782) or be the wildcard `*`
 * of the Kubernetes DNS before CoreDNS 1.9.
 */
export function isQuestionName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => label === '*' || /^[a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}
