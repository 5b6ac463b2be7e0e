import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a file of examples/systemd. */
export function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/systemd/${name}`, import.meta.url));
}

/** The settings of a section of a unit file, each with all its values in their order (systemd.syntax(7), no line continuation). */
export function section(text: string, name: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, readonly string[]>();
  let inside = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('[')) inside = line === `[${name}]`;
    const [, key, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (inside && key !== undefined && value !== undefined) settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return settings;
}

/** The settings of podfront.service under [Service]. */
export function service(): ReadonlyMap<string, readonly string[]> {
  return section(readFileSync(example('podfront.service'), 'utf8'), 'Service');
}

/** `"NAME=a b"` as a drop-in sets it: the name and its words, as systemd splits `$NAME` on a command line (systemd.service(5)). */
export function environment(setting: string): readonly [name: string, words: readonly string[]] {
  const [, name = '', value = ''] = /^"([A-Z]+)=(.*)"$/.exec(setting) ?? [];
  return [name, value.split(' ')];
}
