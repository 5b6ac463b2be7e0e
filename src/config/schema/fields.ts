import * as z from 'zod/mini';
import { Problem } from '../../problem/problem.ts';

/** What is said of a key in the JSON Schema and in docs/configuration.md; `default` is written as a user would write it. */
export interface KeyDoc {
  readonly description: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** The descriptions of all keys, by their schema. */
export const keyDocs = z.registry<KeyDoc>();

/** A key that may be left out or be null, and then has the default. */
export function withDefault<S extends z.ZodMiniType>(description: string, inner: S, fallback: z.input<S>) {
  const schema = z.pipe(
    // In a box, because what was read may be null too: `stats: none`.
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

/** A key that may be left out or be null, and is null then. */
export function optional<S extends z.ZodMiniType>(description: string, inner: S, examples?: readonly z.input<S>[]) {
  const schema = z.pipe(
    z.nullish(inner),
    z.transform((value): z.output<S> | null => (value ?? null) as z.output<S> | null),
  );
  keyDocs.add(schema, { description, ...(examples !== undefined && { examples }) });
  return schema;
}

/** A key that must be there. */
export function required<S extends z.ZodMiniType>(description: string, inner: S): S {
  keyDocs.add(inner, { description });
  return inner;
}

/** A group of keys, all of them optional: left out or null it has the defaults of each. */
export function group<S extends z.ZodMiniType>(description: string, inner: S) {
  const schema = z.pipe(
    z.nullish(inner),
    z.transform((value): z.output<S> => (value ?? z.parse(inner, {})) as z.output<S>),
  );
  keyDocs.add(schema, { description });
  return schema;
}

/** A text that `read` makes a value of, or refuses by throwing a Problem. `expected` names what is wanted when it is no text at all. */
export function parsedText<T>(expected: string, read: (text: string) => T, pattern?: string) {
  const schema = z.pipe(z.string({ error: expected }), z.transform(parseWith(read)));
  return pattern === undefined ? schema : patterned(schema, pattern);
}

/** A transform that hands on what `read` returns, and makes an issue of the Problem it throws. */
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

/** Patterns that only the JSON Schema carries: here the reading function says more than a pattern could. */
export const patterns = new WeakMap<object, string>();

function patterned<S extends object>(schema: S, pattern: string): S {
  patterns.set(schema, pattern);
  return schema;
}

/** One of some words. */
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

/** A list; its items are no null. */
export function list<S extends z.ZodMiniType>(expected: string, item: S) {
  return z.array(item, { error: expected });
}

/**
 * A mapping from names, which `readName` refuses by throwing, to values; entries that are null are left out. Names are
 * checked beside the values, not before them: a bad name hides no fault below it.
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
