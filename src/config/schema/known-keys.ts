import * as z from 'zod/mini';
import type { Path } from '../yaml/path.ts';
import { schema } from './schema.ts';

/** The keys of the schema in the mapping at a path. */
export function knownKeys(path: Path): readonly string[] {
  let here: readonly unknown[] = alternatives(schema);
  for (const part of path) here = here.flatMap((at) => alternatives(child(at, part)));
  return here.flatMap((at) => (at instanceof z.ZodMiniObject ? Object.keys(at.shape) : []));
}

/** The schemas inside pipes and optional values, and each branch of a union. */
function alternatives(at: unknown): readonly unknown[] {
  if (at instanceof z.ZodMiniPipe) return alternatives(at._zod.def.in);
  if (at instanceof z.ZodMiniOptional || at instanceof z.ZodMiniNullable) return alternatives(at._zod.def.innerType);
  if (at instanceof z.ZodMiniUnion) return at._zod.def.options.flatMap(alternatives);
  return [at];
}

function child(at: unknown, part: string | number): unknown {
  if (at instanceof z.ZodMiniObject) return at.shape[part];
  if (at instanceof z.ZodMiniRecord) return at._zod.def.valueType;
  if (at instanceof z.ZodMiniArray) return at._zod.def.element;
  return undefined;
}
