import type * as z from 'zod/mini';
import { Problem, problemWith } from '../../problem/problem.ts';
import { nearest } from '../nearest.ts';
import { quote } from '../values/quoted.ts';
import type { Path } from './path.ts';
import type { YamlSource, YamlValue } from './source.ts';
import { spaceMissing } from './space-missing.ts';

type Issue = z.core.$ZodIssue;

/** A function that gives the known keys of the mapping at a path. */
export type KnownKeys = (path: Path) => readonly string[];

/** The most faults that are built; the first ones of the file are shown. */
const maxFaults = 1_000;

/** Turns the issues that the schema found into faults with their places. */
export function faultsOf(issues: readonly Issue[], source: YamlSource, known: KnownKeys): readonly Problem[] {
  const unknown = new Set(issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path.join('\n')));
  // A missing key beside an unknown one is usually the same mistake.
  const reported = issues.filter(({ code, path }) => code !== 'custom' || !unknown.has(path.join('\n')));
  return reported.slice(0, maxFaults).flatMap((issue) => faultOf(issue, [], source, known));
}

function faultOf(issue: Issue, base: Path, source: YamlSource, known: KnownKeys): readonly Problem[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  const mistyped = () => {
    const got = valueAt(source.value, path);
    const hint = typeHint(issue.message, path, got, allowedValues(issue), known);
    return problemWith({ at: source.placeOf(path, 'value') }, 'config.type', { expected: issue.message, got: describeValue(got), hint });
  };
  switch (issue.code) {
    case 'custom':
      return [faultAt(issue.params?.problem as Problem, source, path, issue.params?.part === 'key' ? 'key' : 'value')];
    case 'unrecognized_keys':
      return issue.keys.slice(0, maxFaults).map((key) => unknownKey(key, path, source, known));
    case 'invalid_union': {
      const meant = branchMeant(issue.errors);
      return meant === null ? [mistyped()] : meant.flatMap((inner) => faultOf(inner, path, source, known));
    }
    default:
      return [mistyped()];
  }
}

/** The branch of a union that the user meant: the one of the same kind (text, number, mapping), with the fault inside it. */
function branchMeant(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const fits = (branch: readonly Issue[]) =>
    !branch.some(({ code, path }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'));
  return branches.find(fits) ?? null;
}

/** The words that an issue, or a branch of its union, would have accepted. */
function allowedValues(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_union') return issue.errors.flatMap((branch) => branch.flatMap(allowedValues));
  return issue.code === 'invalid_value' ? issue.values.filter((value) => typeof value === 'string') : [];
}

function unknownKey(key: string, path: Path, source: YamlSource, known: KnownKeys): Problem {
  const hint = keyHint(key, path, known(path), known);
  return problemWith({ at: source.placeOf([...path, key], 'key') }, 'config.unknown-key', { key: quote(key), hint });
}

function keyHint(key: string, path: Path, candidates: readonly string[], known: KnownKeys): string {
  const unspaced = spaceMissing(key);
  if (unspaced !== null) return unspaced;
  const place = placeOfKey(key, path, known);
  if (place !== null) return `it belongs ${place}`;
  const meant = nearest(key, candidates);
  if (meant !== null) return `did you mean ${meant}?`;
  return `the keys known here are ${candidates.slice(0, -1).join(', ')} and ${candidates.at(-1)}`;
}

/** Where a key at the wrong level belongs; null when no mapping has it. */
function placeOfKey(key: string, path: Path, known: KnownKeys): string | null {
  const places: readonly (readonly [name: string, at: Path])[] = [
    ['cluster', ['cluster']],
    ['haproxy', ['haproxy']],
    ['pace', ['pace']],
    ['loadBalancer', ['loadBalancer']],
    ['listen.NAME', ['listen', 'NAME']],
  ];
  const place = places.find(([, at]) => at[0] !== path[0] && known(at).includes(key));
  if (place !== undefined) return `under ${place[0]}`;
  return path.length > 0 && known([]).includes(key) ? 'at the top level of the file' : null;
}

/** Examples of entries, for a list where a mapping is expected. */
const entries: Readonly<Record<string, string>> = {
  listen: 'ingress: {podPort: 443}',
  existingNetworks: 'office: 192.168.0.0/16',
  nodes: 'node1: 192.0.2.11',
  peers: 'fe1: "192.0.2.21:10000"',
};

function typeHint(expected: string, path: Path, got: YamlValue | undefined, allowed: readonly string[], known: KnownKeys): string {
  const [first, name] = path;
  const isMapping = /mapping/.test(expected);
  if (first === 'listen' && path.length === 2 && known(['listen', 'NAME']).includes(String(name)))
    return `${name} is a key of a listen: write it under a name, such as ingress: {${name}: ...}`;
  if (Array.isArray(got) && isMapping) return `write entries without dashes, such as ${entries[String(path.at(-1))] ?? 'KEY: VALUE'}`;
  if (typeof got === 'string' && isMapping && spaceMissing(got) !== null) return spaceMissing(got) ?? '';
  if (typeof got === 'number' && /^(the name|lines|a line|a domain|a word)/.test(expected)) return `put it in quotes: "${got}"`;
  if (typeof got === 'string' && /number/.test(expected) && /^[1-9]\d*$/.test(got)) return `write it without quotes: ${got}`;
  if (typeof got === 'string' && /^a list/.test(expected)) return `write it in brackets: [${quote(got)}]`;
  if (typeof got === 'string' && /true/.test(expected) && /^(yes|no|on|off|true|false)$/i.test(got)) {
    return `write ${/^(yes|on|true)$/i.test(got) ? 'true' : 'false'}, in small letters and without quotes`;
  }
  const meant = typeof got === 'string' ? nearest(got, allowed) : null;
  // Short words, such as v1 and v2, are all near to each other.
  const isMeant = typeof got === 'string' && (got.length > 3 || meant === got.toLowerCase());
  return meant !== null && isMeant ? `did you mean ${meant}?` : `write ${expected}`;
}

/** Describes a value for a message. */
export function describeValue(value: YamlValue | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a mapping';
  return typeof value === 'number' ? `the number ${value}` : `${value}`;
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: YamlValue, path: Path): YamlValue | undefined {
  let here: YamlValue | undefined = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Readonly<Record<string | number, YamlValue>>)[part];
  }
  return here;
}

/** The problem with its place. */
export function faultAt(problem: Problem, source: YamlSource, path: Path, part: 'key' | 'value'): Problem {
  return new Problem(problem.code, problem.message, problem.hint, { at: source.placeOf(path, part), lines: problem.lines });
}
