import * as z from 'zod/mini';
import { Problem } from '../../problem/problem.ts';

/** The documentation of a key in the JSON Schema and docs/configuration.md; `default` is written as a user would write it. */
export interface KeyDoc {
  readonly description?: string;
  /** A pattern for editors; the reader of a text checks more than a pattern could. */
  readonly pattern?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** The documentation of all keys, by their schema. */
export const keyDocs = z.registry<KeyDoc>();

/** A key with a default, which applies when it is absent or null. */
export function withDefault<S extends z.ZodMiniType>(description: string, inner: S, fallback: z.input<S>) {
  const schema = z.pipe(
    // Wrapped, because the parsed value may itself be null: `stats: none`.
    z.nullish(
      z.pipe(
        inner,
        z.transform((value) => ({ value })),
      ),
    ),
    z.transform((box): z.output<S> => (box ? box.value : z.parse(inner, fallback)) as z.output<S>),
  );
  keyDocs.add(schema, { description, default: fallback });
  return schema;
}

/** A key without a default: null when it is absent. */
export function optional<S extends z.ZodMiniType>(description: string, inner: S, examples?: readonly z.input<S>[]) {
  const schema = z.pipe(
    z.nullish(inner),
    z.transform((value): z.output<S> | null => (value ?? null) as z.output<S> | null),
  );
  keyDocs.add(schema, { description, ...(examples !== undefined && { examples }) });
  return schema;
}

/** A required key. */
export function required<S extends z.ZodMiniType>(description: string, inner: S): S {
  keyDocs.add(inner, { description });
  return inner;
}

/** A mapping of optional keys: where it is absent or null, each key has its default. */
export function group<S extends z.ZodMiniType>(description: string, inner: S) {
  const schema = z.pipe(
    z.nullish(inner),
    z.transform((value): z.output<S> => (value ?? z.parse(inner, {})) as z.output<S>),
  );
  keyDocs.add(schema, { description });
  return schema;
}

/** A text that `read` parses, or refuses by throwing a Problem. `expected` describes the value for errors about another type. */
export function parsedText<T>(expected: string, read: (text: string) => T, pattern?: string) {
  const schema = z.pipe(z.string({ error: expected }), z.transform(parseWith(read)));
  if (pattern !== undefined) keyDocs.add(schema, { pattern });
  return schema;
}

/** A transform that returns the result of `read`, and turns a Problem it throws into an issue. */
export function parseWith<I, T>(read: (value: I) => T): (value: I, ctx: z.core.ParsePayload) => T {
  return (value, ctx) => {
    try {
      return read(value);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      ctx.issues.push({ code: 'custom', input: value, params: { problem: error } });
      return z.NEVER;
    }
  };
}

/** One of several words. */
export function oneOf<const V extends string>(values: readonly V[]) {
  return z.enum(Object.fromEntries(values.map((value) => [value, value])) as { [K in V]: K }, { error: orList(values) });
}

/** `a, b or c` */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** A TCP port. */
export const port = z
  .int({ error: 'a port number' })
  .check(z.gte(1, { error: 'a port number from 1 to 65535' }), z.lte(65535, { error: 'a port number from 1 to 65535' }));

/** true or false. */
export const boolean = z.boolean({ error: 'true or false' });

/** A list without null items. */
export function list<S extends z.ZodMiniType>(expected: string, item: S) {
  return z.array(item, { error: expected });
}

/**
 * A mapping from names to values, without the entries that are null. `readName` throws for a bad name; names are checked together
 * with the values, so that a bad name hides no fault below it.
 */
export function namedEntries<S extends z.ZodMiniType>(expected: string, readName: (name: string) => string, item: S) {
  const names = z.check<Record<string, unknown>>(
    (ctx) => {
      const read = parseWith(readName);
      for (const name of Object.keys(ctx.value)) {
        const before = ctx.issues.length;
        read(name, ctx);
        for (const issue of ctx.issues.slice(before))
          Object.assign(issue, { path: [name], params: { ...(issue as z.core.$ZodRawIssue & { params?: object }).params, part: 'key' } });
      }
    },
    { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
  );
  return z.pipe(
    z.record(z.string(), z.nullable(item), { error: expected }).check(names),
    z.transform((record) =>
      Object.entries(record).flatMap(([name, value]) => (value === null ? [] : [{ name, value: value as z.output<S> }])),
    ),
  );
}
