/** The hint for `key:value`, which YAML reads as one word; null for anything else. */
export function spaceMissing(text: string): string | null {
  const [, key, value] = /^[ \t-]*([A-Za-z]\w*):([^\s:/][^\n]{0,60})$/.exec(text) ?? [];
  return key === undefined ? null : `a space is missing after the colon: write ${key}: ${value}`;
}
