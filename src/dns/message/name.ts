/**
 * Whether podfront may ask for the name: a host name whose labels may also start with `_` (RFC 2782) or be the wildcard `*`
 * of the Kubernetes DNS before CoreDNS 1.9.
 */
export function isQuestionName(text: string): boolean {
  return text.length <= 253 && /^(?:(?:\*|[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.(?!$)|$))+$/i.test(text);
}

/**
 * Whether a name in lower case is a host name: labels of letters, digits and inner hyphens, at most 63 each and 253
 * together, the last not all digits (RFC 1123, section 2.1).
 */
export function isLowerCaseHostName(name: string): boolean {
  return name.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.(?!$)|$))+$/.test(name) && !/(?:^|\.)\d+$/.test(name);
}
