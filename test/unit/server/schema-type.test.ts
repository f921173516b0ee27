import t from 'tap';
import * as Typebox from 'typebox';
import { Type } from '../../../src/server/schemas/type.js';

type Builders = typeof Type;

/** What both libraries are asked to build; whatever requests use is in one of them. */
const SCHEMAS: Readonly<Record<string, (build: Builders) => unknown>> = {
  Array: (build) => build.Array(build.Unknown(), { maxItems: 0, unsupported: 'no' }),
  Boolean: (build) => build.Boolean(),
  Enum: (build) => build.Enum(['system', 'user']),
  Integer: (build) => build.Integer({ minimum: 1, maximum: 8 }),
  Literal: (build) => [build.Literal('text', { unsupported: 'no' }), build.Literal(false)],
  Number: (build) => build.Number({ minimum: -100, maximum: 100 }),
  Object: (build) => [
    build.Object({}),
    build.Object(
      { a: build.Optional(build.String()), b: build.String(), c: build.Number() },
      { additionalProperties: false },
    ),
    build.Object({ a: build.Optional(build.String()) }),
  ],
  Optional: (build) => {
    const shared = build.String();
    return build.Object({ left: build.Optional(shared), right: shared });
  },
  Record: (build) => build.Record(build.String(), build.Unknown(), { maxProperties: 64 }),
  String: (build) => build.String({ minLength: 1, maxLength: 256 }),
  Union: (build) => build.Union([build.String(), build.Integer()], { expected: 'either' }),
  Unknown: (build) => build.Unknown(),
  Unsafe: (build) =>
    build.Object({ a: build.Optional(build.Unsafe({ not: {}, unsupported: 'no' })) }),
};

t.strictSame(Object.keys(SCHEMAS).sort(), Object.keys(Type).sort());

for (const [name, schema] of Object.entries(SCHEMAS)) {
  t.test(`${name} builds what typebox does`, async (t) => {
    // What typebox hides in its schemas is no part of their JSON.
    t.equal(JSON.stringify(schema(Type)), JSON.stringify(schema(Typebox)));
  });
}
