import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import { type Place, type Problem, problemWith, visible } from '../problem.ts';

/** A value as YAML and JSON know it. Mappings have no prototype. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainMap;
export interface PlainMap {
  readonly [key: string]: Plain;
}

/** Where a value is in its document: keys of mappings, numbers of list items. */
export type Path = readonly (string | number)[];

/** A document read: its value, what was wrong with it as YAML, and where each of its values stands. */
export interface Source {
  readonly value: Plain;
  readonly faults: readonly Problem[];
  /** The place of the value at a path, or of its key; where the path leads nowhere, of the nearest that exists above it. */
  readonly placeOf: (path: Path, part: 'key' | 'value') => Place;
}

/** Bounds against documents made to exhaust us: nesting, and nodes that come from repeating aliases. */
const limits = { depth: 40, aliased: 100_000, faults: 50 };

/** Reads one YAML 1.2 document (core schema, no merge keys), and so JSON. It never throws; what is wrong is in `faults`. */
export function readSource(text: string, file: string): Source {
  const lines = new LineCounter();
  const faults: Problem[] = [];
  const offsets = new Map<string, { readonly key: number; readonly value: number }>();
  const at = (offset: number, path?: Path): Place => {
    const { line, col } = lines.linePos(Math.max(0, Math.min(offset, text.length)));
    return {
      file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      ...(path !== undefined && path.length > 0 && { path: pathText(path) }),
    };
  };
  const fault = (offset: number, what: string, hint: string, path?: Path): null => {
    if (faults.length < limits.faults) faults.push(problemWith({ at: at(offset, path) }, 'config.syntax', { what, hint }));
    return null;
  };
  const placeOf = (path: Path, part: 'key' | 'value'): Place => {
    for (let length = path.length; length >= 0; length--) {
      const found = offsets.get(pathText(path.slice(0, length)));
      if (found !== undefined)
        return { ...at(length < path.length ? found.key : found[part]), ...(path.length > 0 && { path: pathText(path) }) };
    }
    return at(0, path);
  };

  const parsed = parse(text, lines);
  if (parsed === null) {
    fault(0, 'the document is nested too deeply to be read', 'podfront.yaml needs no more than a handful of levels');
    return { value: null, faults, placeOf };
  }
  const document: Document.Parsed = parsed;
  const errors = [...document.errors, ...document.warnings];
  const first = errors.filter((error, i) => errors.findIndex(({ pos }) => pos[0] === error.pos[0]) === i);
  for (const error of first) fault(error.pos[0], said(error), hintFor(error));
  if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    fault(0, `the document says it is YAML ${document.directives.yaml.version}`, 'take the %YAML line out; the file is read as YAML 1.2');
  }
  if (faults.length > 0) return { value: null, faults, placeOf };

  let aliased = 0;
  const open = new Set<Node>();
  function plain(node: unknown, path: Path, keyAt: number, viaAlias: boolean): Plain {
    const offset = offsetOf(node) ?? keyAt;
    if (!viaAlias || !offsets.has(pathText(path))) offsets.set(pathText(path), { key: keyAt, value: viaAlias ? keyAt : offset });
    if (viaAlias && ++aliased > limits.aliased) {
      return aliased === limits.aliased + 1
        ? fault(keyAt, 'its aliases repeat too much', 'write the values out, without * aliases', path)
        : null;
    }
    if (path.length > limits.depth)
      return fault(offset, 'the document is nested too deeply', 'podfront.yaml needs no more than a handful of levels');
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined)
        return fault(offset, `the alias *${visible(node.source)} has no anchor`, 'name an anchor (&name) that stands above it', path);
      if (open.has(target))
        return fault(offset, `the alias *${visible(node.source)} is inside what it repeats`, 'write the value out', path);
      return plain(target, path, viaAlias ? keyAt : offset, true);
    }
    if (isScalar(node)) return scalar(node.value, node.source);
    if (!isMap(node) && !isSeq(node)) return null;
    open.add(node);
    const value = isSeq(node)
      ? node.items.map((item, i) => plain(item, [...path, i], offsetOf(item) ?? keyAt, viaAlias))
      : mapping(node.items);
    open.delete(node);
    return value;

    function mapping(items: readonly { readonly key: unknown; readonly value: unknown }[]): PlainMap {
      const map: Record<string, Plain> = Object.create(null);
      for (const item of items) {
        const here = viaAlias ? keyAt : (offsetOf(item.key) ?? keyAt);
        const key = isAlias(item.key) ? item.key.resolve(document) : item.key;
        const name = isScalar(key) ? scalar(key.value, key.source) : undefined;
        if (typeof name !== 'string') {
          const shown = isScalar(key) ? `${visible(String(key.source ?? key.value))}` : 'one that is a list or mapping';
          fault(
            here,
            `a key must be a text, not ${shown}`,
            isScalar(key) ? `put it in quotes: "${visible(String(key.source ?? ''))}"` : 'write a plain key',
            path,
          );
        } else if (name === '<<') fault(here, 'merge keys (<<) are not part of YAML 1.2', 'write the keys out', path);
        else if (name === '__proto__') fault(here, 'the key __proto__ is not allowed', 'take it out', path);
        else if (name in map) fault(here, `the key ${JSON.stringify(name)} stands twice in one mapping`, 'take one of them out', path);
        else map[name] = plain(item.value, [...path, name], here, viaAlias);
      }
      return map;
    }
  }
  const value = plain(document.contents, [], 0, false);
  return { value, faults, placeOf };
}

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

function parse(text: string, lineCounter: LineCounter): Document.Parsed | null {
  try {
    // Keys are compared by us: the package does it in quadratic time.
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false,
      strict: true,
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** A number that would not be written back as it stands stays text: version 3.10 is not 3.1, port 0x50 not 80. */
function scalar(value: unknown, source: string | undefined): null | boolean | number | string {
  if (typeof value === 'number') return source !== undefined && String(value) !== source ? source : value;
  return typeof value === 'string' || typeof value === 'boolean' ? value : value === null || value === undefined ? null : String(value);
}

function said(error: YAMLError): string {
  if (error.code === 'MULTIPLE_DOCS') return 'there is more than one document in the file';
  const first = (error.message.split('\n')[0] ?? '').replace(/[.:]$/, '');
  return `this is no YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}`;
}

function hintFor(error: YAMLError): string {
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return 'take the --- line out: a configuration is one document';
    case 'TAB_AS_INDENT':
      return 'indent with spaces: YAML allows no tabs there';
    case 'TAG_RESOLVE_FAILED':
      return 'write plain values: podfront.yaml needs no ! tags';
    default:
      return 'look at the line and the one before it: indentation, a missing colon, an unclosed quote or bracket';
  }
}
