/**
 * The builders of typebox that requests are described with. The types are typebox's, which say what
 * a checked value is. Its code is left out: a start would load hundreds of modules of which a
 * schema uses a dozen functions.
 */
import type * as Typebox from 'typebox';
import type { SchemaNode } from '../validation/node.js';

export type { Static, TInteger, TNumber, TOptional, TSchema } from 'typebox';

type Options = Readonly<Record<string, unknown>>;

/** The pattern of a record: any name. */
const ANY_NAME = '^.*$';

/** Members that an object may leave out. */
const optional = new WeakSet<object>();

const builders = {
  Array: (items: SchemaNode, options?: Options) => ({ type: 'array', items, ...options }),
  Boolean: () => ({ type: 'boolean' }),
  Enum: (values: readonly unknown[]) => ({ enum: values }),
  Integer: (options?: Options) => ({ type: 'integer', ...options }),
  Literal: (value: unknown, options?: Options) => ({
    type: typeof value,
    const: value,
    ...options,
  }),
  Number: (options?: Options) => ({ type: 'number', ...options }),
  Object: (properties: Readonly<Record<string, SchemaNode>>, options?: Options) => {
    const required = Object.entries(properties)
      .filter(([, schema]) => !optional.has(schema))
      .map(([name]) => name);
    return {
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      properties,
      ...options,
    };
  },
  Optional: (schema: SchemaNode) => {
    const copy = { ...schema };
    optional.add(copy);
    return copy;
  },
  Record: (_names: SchemaNode, every: SchemaNode, options?: Options) => ({
    type: 'object',
    patternProperties: { [ANY_NAME]: every },
    ...options,
  }),
  String: (options?: Options) => ({ type: 'string', ...options }),
  Union: (anyOf: readonly SchemaNode[], options?: Options) => ({ anyOf, ...options }),
  Unknown: () => ({}),
  Unsafe: (schema: SchemaNode) => schema,
} satisfies Readonly<Record<string, (...args: never[]) => SchemaNode>>;

export const Type = builders as unknown as Pick<typeof Typebox, keyof typeof builders>;
