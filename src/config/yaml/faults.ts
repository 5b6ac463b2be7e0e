import type * as z from 'zod/mini';
import { Problem, problemWith } from '../../problem/problem.ts';
import { nearest } from '../nearest.ts';
import { quote } from '../values/quoted.ts';
import type { Path } from './path.ts';
import type { YamlSource, YamlValue } from './source.ts';

type Issue = z.core.$ZodIssue;

/** Gives the known keys of the mapping at a path, for the hint about an unknown key. */
export type KnownKeys = (path: Path) => readonly string[];

/** Turns the issues that the schema found into faults with their places. */
export function faultsOf(issues: readonly Issue[], source: YamlSource, known: KnownKeys): readonly Problem[] {
  const unknown = new Set(issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path.join('\n')));
  // Beside an unknown key a missing key is usually the same mistake.
  const reported = issues.filter(({ code, path }) => code !== 'custom' || !unknown.has(path.join('\n')));
  return reported.flatMap((issue) => faultOf(issue, [], source, known));
}

function faultOf(issue: Issue, base: Path, source: YamlSource, known: KnownKeys): readonly Problem[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case 'custom':
      return [faultAt(issue.params?.problem as Problem, source, path, issue.params?.part === 'key' ? 'key' : 'value')];
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, source, known));
    case 'invalid_union': {
      const meant = branchMeant(issue.errors);
      return meant === null ? [mistyped(issue.message, path, source)] : meant.flatMap((inner) => faultOf(inner, path, source, known));
    }
    default:
      return [mistyped(issue.message, path, source)];
  }
}

/** The branch of a union that the user meant: the one of the same kind (text, number, mapping), with the fault inside it. */
function branchMeant(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const fits = (branch: readonly Issue[]) =>
    !branch.some(({ code, path }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'));
  return branches.find(fits) ?? null;
}

function unknownKey(key: string, path: Path, source: YamlSource, known: KnownKeys): Problem {
  const candidates = known(path);
  const meant = nearest(key, candidates);
  const hint =
    meant === null ? `the keys known here are ${candidates.slice(0, -1).join(', ')} and ${candidates.at(-1)}` : `did you mean ${meant}?`;
  return problemWith({ at: source.placeOf([...path, key], 'key') }, 'config.unknown-key', { key: quote(key), hint });
}

function mistyped(expected: string, path: Path, source: YamlSource): Problem {
  const got = valueAt(source.value, path);
  return problemWith({ at: source.placeOf(path, 'value') }, 'config.type', {
    expected,
    got: describeValue(got),
    hint: hintFor(expected, got),
  });
}

function hintFor(expected: string, got: YamlValue | undefined): string {
  if (typeof got === 'number' && /^(the name|lines|a line|a domain|a word)/.test(expected)) return `put it in quotes: "${got}"`;
  if (typeof got === 'string' && /number/.test(expected) && /^[1-9]\d*$/.test(got)) return `write it without quotes: ${got}`;
  if (typeof got === 'string' && /^a list/.test(expected)) return `write it in brackets: [${quote(got)}]`;
  if (typeof got === 'string' && /true/.test(expected) && /^(yes|no|on|off|true|false)$/i.test(got)) {
    return `write ${/^(yes|on|true)$/i.test(got) ? 'true' : 'false'}, in small letters and without quotes`;
  }
  return `write ${expected}`;
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
