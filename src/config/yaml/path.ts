/** The path of a value in its document: keys of mappings and indexes of lists. */
export type Path = readonly (string | number)[];

/** Formats a path: `listen.ingress.binds[1]`; keys that are not plain identifiers are quoted. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}
