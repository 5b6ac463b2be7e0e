import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node } from 'yaml';
import { type Place, type Problem, problemWith } from '../../problem/problem.ts';
import { maxDepth, readYaml } from './document.ts';
import { type Path, pathText } from './path.ts';
import { spaceMissing } from './space-missing.ts';

/** A value of YAML and JSON. Mappings have no prototype. */
export type YamlValue = null | boolean | number | string | readonly YamlValue[] | YamlMap;
/** A mapping of YAML and JSON. */
export interface YamlMap {
  readonly [key: string]: YamlValue;
}

/** Whether a value is a mapping. */
export function isMapping(value: YamlValue | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A parsed document: its value, its faults as YAML, and the place of each value. */
export interface YamlSource {
  readonly value: YamlValue;
  readonly faults: readonly Problem[];
  /** The place of the value at a path, or of its key; of the nearest parent where the path does not exist. */
  readonly placeOf: (path: Path, part: 'key' | 'value') => Place;
}

/** The offsets of a value and its key. A value that comes from an alias has the offset of the alias. */
interface Offsets {
  readonly key: number;
  readonly value: number;
}

/** The bounds for hostile documents: nodes that aliases repeat, and reported faults. */
const limits = { aliased: 100_000, faults: 50 };

/** Parses one YAML 1.2 (or JSON) document. It never throws; `faults` has the errors. */
export function readYamlSource(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const faults: Problem[] = [];
  const at = (offset: number, path: Path): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), ...(path.length > 0 && { path: pathText(path) }) };
  };
  const fault = (offset: number, path: Path, what: string, hint: string): null => {
    if (faults.length < limits.faults) faults.push(problemWith({ at: at(offset, path) }, 'config.syntax', { what, hint }));
    return null;
  };

  const yaml = readYaml(text, lines);
  for (const { offset, what, hint } of yaml.faults) fault(offset, [], what, unspacedAt(text, offset) ?? hint);
  const contents = faults.length > 0 ? null : (yaml.document?.contents ?? null);
  const value = valueOfDocument(contents, null, fault);
  let offsets: Map<string, Offsets> | null = null;
  const placeOf = (path: Path, part: 'key' | 'value'): Place => {
    // Most documents have no faults, and the places of all values take longer than the values.
    if (offsets === null) {
      offsets = new Map();
      valueOfDocument(contents, offsets, () => null);
    }
    for (let length = path.length; length >= 0; length--) {
      const found = offsets.get(pathText(path.slice(0, length)));
      if (found !== undefined) return at(length < path.length ? found.key : found[part], path);
    }
    return at(0, path);
  };
  return { value, faults, placeOf };
}

/** The hint for a `key:value` on the line of a fault, or on the line before it. */
function unspacedAt(text: string, offset: number): string | null {
  const start = text.lastIndexOf('\n', text.lastIndexOf('\n', offset - 1) - 1) + 1;
  const end = text.indexOf('\n', offset);
  const lines = text
    .slice(start, end === -1 ? undefined : end)
    .split('\n')
    .slice(0, 3);
  return lines.map(spaceMissing).find((hint): hint is string => hint !== null) ?? null;
}

/** Converts the nodes to a value, and records the offset of each in `offsets`. */
function valueOfDocument(
  contents: Node | null,
  offsets: Map<string, Offsets> | null,
  fault: (offset: number, path: Path, what: string, hint: string) => null,
): YamlValue {
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  let aliased = 0;

  /** `via` is the offset of the alias that repeats the node; null when the node itself is there. */
  function plain(node: unknown, path: Path, keyAt: number, via: number | null): YamlValue {
    const offset = via ?? offsetOf(node) ?? keyAt;
    offsets?.set(pathText(path), { key: via ?? keyAt, value: offset });
    if (path.length > maxDepth) return fault(offset, path, 'the document is nested too deeply', 'write the values out, without * aliases');
    if (via !== null && ++aliased > limits.aliased) {
      return aliased > limits.aliased + 1
        ? null
        : fault(offset, path, 'its aliases repeat too much', 'write the values out, without * aliases');
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined)
        return fault(offset, path, `the alias *${node.source} has no anchor`, 'use an anchor (&name) that is defined above');
      if (open.has(target)) return fault(offset, path, `the alias *${node.source} is inside what it repeats`, 'write the value out');
      return plain(target, path, keyAt, offset);
    }
    if (via === null) remember(node);
    if (isScalar(node)) return scalar(node.value, node.source);
    if (!isMap(node) && !isSeq(node)) return null;
    if (aliased > limits.aliased) return null;
    open.add(node);
    const value = isSeq(node)
      ? node.items.map((item, i) => plain(item, [...path, i], offsetOf(item) ?? offset, via))
      : mapping(node.items, path, offset, via);
    open.delete(node);
    return value;
  }

  function mapping(
    items: readonly { readonly key: unknown; readonly value?: unknown }[],
    path: Path,
    offset: number,
    via: number | null,
  ): YamlMap {
    const map: Record<string, YamlValue> = Object.create(null);
    for (const item of items) {
      const here = via ?? offsetOf(item.key) ?? offset;
      if (via === null) remember(item.key);
      const name = keyOf(isAlias(item.key) ? anchors.get(item.key.source) : item.key);
      if (name.kind !== 'text') {
        const hint = name.kind === 'scalar' ? `put it in quotes: "${name.text}"` : 'write a plain key';
        fault(here, path, `a key must be a text, not ${name.kind === 'scalar' ? name.text : 'a list or mapping'}`, hint);
      } else if (name.text === '<<') fault(here, path, 'merge keys (<<) are not part of YAML 1.2', 'write the keys out');
      else if (name.text === '__proto__') fault(here, path, 'the key __proto__ is not allowed', 'remove it');
      else if (name.text in map)
        fault(here, path, `the key ${JSON.stringify(name.text)} occurs twice in one mapping`, 'remove one of them');
      else map[name.text] = plain(item.value, [...path, name.text], here, via);
    }
    return map;
  }

  function remember(node: unknown): void {
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
  }

  return plain(contents, [], 0, null);
}

function keyOf(node: unknown): { readonly kind: 'text' | 'scalar' | 'collection'; readonly text: string } {
  if (!isScalar(node)) return { kind: 'collection', text: '' };
  const value = scalar(node.value, node.source);
  return typeof value === 'string' && typeof node.value === 'string'
    ? { kind: 'text', text: value }
    : { kind: 'scalar', text: node.source ?? String(value) };
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** A number that is not in its normal form stays text: version 3.10 is not 3.1, port 0x50 not 80. */
function scalar(value: unknown, source: string | undefined): null | boolean | number | string {
  if (typeof value === 'number') return source !== undefined && String(value) !== source ? source : value;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
