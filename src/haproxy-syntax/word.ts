/** Longest word podfront writes; HAProxy reads lines of up to 2,048 bytes (LINESIZE). */
const maxLength = 1024;

/**
 * Whether HAProxy reads the text as exactly one word that means itself: printable ASCII without white space, quotes,
 * backslash, `#` and `$` (HAProxy manual 2.2, "Quoting and escaping").
 */
export function isWord(text: string): boolean {
  return text.length <= maxLength && /^[!%&()*+,\-./0-9:;<=>?@A-Z[\]^_`a-z{|}~]+$/.test(text);
}
