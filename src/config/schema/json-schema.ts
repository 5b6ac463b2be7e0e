import * as z from 'zod/mini';
import { keyDocs } from './fields.ts';
import { schema } from './schema.ts';

/** The part of JSON Schema (draft 2020-12) that podfront's schema uses. */
export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
}

/** The JSON Schema of podfront.yaml for editors: structure, descriptions and defaults. Only podfront validates the content of texts, and that there is something to serve. */
export function jsonSchema(): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    metadata: keyDocs,
    override: ({ zodSchema, jsonSchema: json }) => {
      const { default: fallback, examples } = keyDocs.get(zodSchema as z.core.$ZodType) ?? {};
      if (fallback !== undefined) json.default = fallback;
      if (examples !== undefined) json.examples = [...examples];
    },
  });
  return { $schema: made.$schema, title: 'podfront.yaml', ...made } as JsonSchema;
}
