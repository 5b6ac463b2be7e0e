/**
 * Whether podfront may ask for the name: a host name whose labels may also start with `_` (RFC 2782) or be the wildcard `*`
 * of the Kubernetes DNS before CoreDNS 1.9.
 */
export function isQuestionName(text: string): boolean {
  return text.length <= 253 && /^(?:(?:\*|[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.(?!$)|$))+$/i.test(text);
}

/**
 * Whether a name in lower case is a host name: labels of letters, digits and inner hyphens, at most 63 each and 253
 * together, the last not all digits (RFC 1123, 2.1). Every SRV target of every answer goes through here: one pass.
 */
export function isHostName(name: string): boolean {
  if (name.length === 0 || name.length > 253) return false;
  let start = 0;
  let digits = true;
  for (let at = 0; at <= name.length; at++) {
    const code = at < name.length ? name.charCodeAt(at) : dot;
    if (code === dot) {
      if (at === start || at - start > 63 || name.charCodeAt(at - 1) === hyphen) return false;
      if (at < name.length) {
        start = at + 1;
        digits = true;
      }
    } else if (code >= 0x61 && code <= 0x7a) digits = false;
    else if (code === hyphen) {
      if (at === start) return false;
      digits = false;
    } else if (code < 0x30 || code > 0x39) return false;
  }
  return !digits;
}

const dot = 0x2e;
const hyphen = 0x2d;
