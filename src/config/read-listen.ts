import * as z from 'zod/mini';
import type { Problem } from '../problem/problem.ts';
import type { Listen } from './config.ts';
import { listenOf } from './listen-of.ts';
import { listenRules } from './rules/listen.ts';
import { knownKeys } from './schema/known-keys.ts';
import { listen as listenSchema } from './schema/listen.ts';
import { faultsOf } from './yaml/faults.ts';
import type { YamlMap, YamlSource } from './yaml/source.ts';

/** A listen made from the values of its keys, or their faults: `at` is the key. */
export type ReadListen =
  | { readonly kind: 'listen'; readonly listen: Listen }
  | { readonly kind: 'faults'; readonly faults: readonly { readonly at: string; readonly problem: Problem }[] };

/** Reads the keys of one listen from the Kubernetes API, by the same rules as those of podfront.yaml. */
export function readListen(name: string, keys: YamlMap): ReadListen {
  const source: YamlSource = {
    value: { listen: { [name]: keys } },
    faults: [],
    placeOf: (path) => ({ file: '', path: String(path[2] ?? '') }),
  };
  const parsed = z.safeParse(listenSchema, keys);
  const issues = parsed.success ? [] : parsed.error.issues.map((issue) => ({ ...issue, path: ['listen', name, ...issue.path] }));
  const ofSchema = faultsOf(issues, source, knownKeys).map((problem) => ({ at: problem.at?.path ?? '', problem }));
  const ofRules = listenRules(name, keys, { hasNodes: false, hasApi: true }).map(({ path, problem }) => ({
    at: String(path[2] ?? ''),
    problem,
  }));
  const faults = [...ofSchema, ...ofRules];
  return parsed.success && faults.length === 0 ? { kind: 'listen', listen: listenOf(name, parsed.data, true) } : { kind: 'faults', faults };
}
