/**
 * Whether the text is a host name: labels of letters, digits and inner hyphens, at most 63 each and 253 together, without
 * final dot (RFC 1123, 2.1). Such a name is one word of HAProxy's language and of a terminal.
 */
export function isHostName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

/**
 * Whether podfront may ask for the name: a host name whose labels may also start with `_` (RFC 2782) or be the wildcard `*`
 * of the Kubernetes DNS before CoreDNS 1.9.
 */
export function isQuestionName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => label === '*' || /^[a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}
