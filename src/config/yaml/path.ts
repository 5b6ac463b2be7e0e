/** Where a value is in its document: keys of mappings, numbers of list items. */
export type Path = readonly (string | number)[];

/** `listen.ingress.binds[1]`; keys that are not plain identifiers are quoted. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}
