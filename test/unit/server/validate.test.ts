import t from 'tap';
import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { serveConfig } from '../../../src/config.js';
import { KingletError } from '../../../src/errors.js';
import { readJson } from '../../../src/server/json/read-json.js';
import { jsonSourceOf } from '../../../src/server/json/source.js';
import { ResponseCreate, responseCreate } from '../../../src/server/responses/schema.js';
import { chatCompletionSchema } from '../../../src/server/schemas/chat-completion.js';
import { completionSchema } from '../../../src/server/schemas/completion.js';
import { DetokenizeBody, TokenizeBody } from '../../../src/server/schemas/tokenize.js';
import { dropNulls } from '../../../src/server/validation/drop-nulls.js';
import { validator } from '../../../src/server/validation/validate.js';
import { findViolation } from '../../../src/server/validation/violation.js';
import { randomSource } from '../../support/random.js';

const COMPLETION = completionSchema(serveConfig());
const CHAT = chatCompletionSchema(serveConfig());
const SCHEMAS: readonly TSchema[] = [
  COMPLETION,
  CHAT,
  ResponseCreate,
  TokenizeBody,
  DetokenizeBody,
];

function errorOf(schema: TSchema, value: unknown): KingletError {
  try {
    validator(schema)(value);
  } catch (error) {
    if (error instanceof KingletError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

/** A list that counts how often its elements are read. */
function counted(list: unknown[]): { list: unknown[]; reads: () => number } {
  let reads = 0;
  const proxy = new Proxy(list, {
    get(target, name, receiver) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
  return { list: proxy, reads: () => reads };
}

t.test('it judges as typebox does', async (t) => {
  const next = randomSource(11);
  const random = (below: number) => Math.floor(next() * below);
  const leaves: unknown[] = [
    ...[0, 1, -1, 2, 1.5, 1e9, 2 ** 31, 2 ** 63, 2 ** 64, Infinity, NaN, 129, -101],
    ...[
      '',
      'a',
      'text',
      'user',
      'assistant',
      'auto',
      'none',
      'message',
      'reasoning',
      'x'.repeat(300),
    ],
    ...[true, false, {}, [], [[]], [1, 2], ['a', ''], [[1], [2]], [1, 'a'], { type: 'text' }],
    ...['response.create', 'input_text', 'output_text', 'reasoning_text', '😀'.repeat(256)],
  ];
  type Node = { properties?: Record<string, Node>; items?: Node; anyOf?: Node[]; type?: string };
  const make = (node: Node, depth: number): unknown => {
    if (depth > 6 || random(6) === 0) return leaves[random(leaves.length)];
    if (node.anyOf !== undefined) return make(node.anyOf[random(node.anyOf.length)]!, depth + 1);
    if (node.properties !== undefined) {
      const value: Record<string, unknown> = {};
      for (const [name, member] of Object.entries(node.properties)) {
        if (depth === 0 ? random(8) === 0 : random(2) === 0) value[name] = make(member, depth + 1);
      }
      if (random(12) === 0) value[['nonsense', '__proto__', 'toString', ''][random(4)]!] = 1;
      return value;
    }
    if (node.type === 'array') {
      return Array.from({ length: random(4) }, () => make(node.items ?? {}, depth + 1));
    }
    if (node.type === 'object') return { '1': leaves[random(leaves.length)], a: random(3) };
    const good = leaves.filter(
      (leaf) => node.type === (Number.isInteger(leaf) ? 'integer' : typeof leaf),
    );
    return good.length > 0 && random(4) > 0
      ? good[random(good.length)]
      : leaves[random(leaves.length)];
  };
  let taken = 0;
  for (const schema of SCHEMAS) {
    const compiled = Compile(schema);
    for (let i = 0; i < 20_000; i++) {
      const full = make(schema, 0);
      // Half of them have what is required, so that more than its lack is found.
      const base = {
        model: 'm',
        messages: [{ role: 'user' }],
        prompt: 'a',
        type: 'response.create',
        tokens: [],
      };
      const named = Object.fromEntries(
        Object.entries(base).filter(([name]) => name in ((schema as Node).properties ?? {})),
      );
      const value = random(2) === 0 || typeof full !== 'object' ? full : { ...named, ...full };
      const violation = findViolation(schema, value);
      if (compiled.Check(value) !== (violation === null)) {
        t.fail(`${JSON.stringify(value)}: ${JSON.stringify(violation)}`);
        return;
      }
      if (violation === null) taken++;
    }
  }
  t.ok(taken > 2000, `${taken} values were right`);
});

t.test('a list is not run through whose first element is wrong', async (t) => {
  const million = Array<number>(1_000_000).fill(-1);
  for (const wrong of [million, million.map(() => 'a'), million.map(() => ({})), [[-1]]]) {
    const { list, reads } = counted(wrong);
    errorOf(COMPLETION, { model: 'm', prompt: list });
    t.ok(reads() <= 8, `${reads()} reads of a prompt`);
  }
  const late = counted([...Array<number>(1000).fill(1), 'a', ...Array<number>(1000).fill(1)]);
  errorOf(COMPLETION, { model: 'm', prompt: late.list });
  t.ok(late.reads() <= 1010, `${late.reads()} reads up to the first wrong one`);
  const ids = counted(Array<number>(100_000).fill(1));
  validator(COMPLETION)({ model: 'm', prompt: ids.list });
  t.ok(ids.reads() <= 100_010, `${ids.reads()} reads of 100,000 ids`);
});

t.test('sizes come before contents', async (t) => {
  const stop = counted(Array<string>(100_000).fill(''));
  const error = errorOf(COMPLETION, { model: 'm', prompt: 'a', stop_token_ids: stop.list });
  t.match(error, { param: 'stop_token_ids', message: /at most 128 entries.*a list of 100000/ });
  t.equal(stop.reads(), 0);
  const bias = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [i, 'wrong']));
  t.match(errorOf(COMPLETION, { model: 'm', prompt: 'a', logit_bias: bias }), {
    param: 'logit_bias',
    message: /at most 1024 entries/,
  });
});

t.test('unknown fields come first, and are all named or counted', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`unknown${i}`, i]));
  const error = errorOf(COMPLETION, { model: 'm', prompt: 'a', n: 0, ...many });
  t.match(error, {
    code: 'unknown_parameter',
    param: 'unknown0',
    message:
      "Unknown parameters: 'unknown0', 'unknown1', 'unknown2', 'unknown3', 'unknown4' and 3 more.",
  });
  t.match(errorOf(CHAT, { messages: [{ wat: 1 }], nonsense: 1 }), { param: 'nonsense' });
  t.match(errorOf(CHAT, { model: 'm', messages: [{ wat: 1 }] }), {
    code: 'unknown_parameter',
    param: 'messages[0].wat',
  });
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    const body = readJson(Buffer.from(`{"model":"m","prompt":"a","${name}":{"a":1}}`), 'body');
    t.match(errorOf(COMPLETION, body), { code: 'unknown_parameter', param: name }, name);
    const nested = `{"model":"m","messages":[{"role":"user","content":"a","${name}":1}]}`;
    t.match(errorOf(CHAT, readJson(Buffer.from(nested), 'body')), {
      code: 'unknown_parameter',
      param: `messages[0].${name}`,
    });
  }
  const nulls = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`null${i}`, null]));
  t.match(errorOf(COMPLETION, { model: 'm', prompt: 'a', ...nulls }), {
    code: 'unknown_parameter',
  });
  t.doesNotThrow(() => validator(COMPLETION)({ model: 'm', prompt: 'a', nonsense: null }));
});

t.test('an item says which alternative it wants to be', async (t) => {
  const refusal = (item: object, expected: object) => {
    try {
      responseCreate({ type: 'response.create', input: [item] });
      t.fail('it was taken');
    } catch (error) {
      t.match(error, expected);
    }
  };
  refusal({ type: 'reasoning', wat: 1 }, { param: 'input[0].wat' });
  refusal(
    { type: 'message', role: 'user', content: 5 },
    { code: 'unsupported_parameter', param: 'input[0].content' },
  );
  refusal({ role: 'user', content: 'a', summary: [] }, { param: 'input[0].summary' });
  t.match(errorOf(ResponseCreate, { type: 'response.cancel', response_id: 'x' }), {
    param: 'type',
    message: /"response\.create"/,
  });
});

t.test('what is repeated in messages is cut', async (t) => {
  const long = 'x'.repeat(1_000_000);
  const cases: [TSchema, object][] = [
    [COMPLETION, { model: 'm', prompt: 'a', [long]: 1, [`${long}2`]: 1, [`😀${long}`]: 1 }],
    [COMPLETION, { model: 'm', prompt: 'a', n: long }],
    [CHAT, { model: 'm', messages: [{ role: long }] }],
    [CHAT, { model: 'm', messages: [{ role: 'user', content: 'a' }], metadata: { [long]: 1 } }],
    [COMPLETION, { model: 'm', prompt: 'a', [`${'x'.repeat(59)}😀`]: 1 }],
  ];
  for (const [schema, value] of cases) {
    const error = errorOf(schema, value);
    t.ok(error.message.length < 600, `${error.message.length} characters`);
    t.ok((error.param ?? '').length <= 201);
    t.equal(Buffer.from(error.message).toString(), error.message, 'no pair is cut in half');
  }
});

t.test('free-form values keep their identity, and copies their source', async (t) => {
  const text =
    '{"model":"m","n":null,"chat_template_kwargs":{"a":1.0,"b":null},"tools":[{"x":1.0,"y":null}]}';
  const body = readJson(Buffer.from(text), 'body') as Record<string, unknown>;
  const present = dropNulls(body, CHAT as TSchema) as Record<string, unknown>;
  t.equal(present['chat_template_kwargs'], body['chat_template_kwargs']);
  t.equal(jsonSourceOf(present['chat_template_kwargs']), '{"a":1.0,"b":null}');
  t.notOk('n' in present);
  const described = {
    type: 'object',
    properties: {
      tools: { type: 'array', items: { type: 'object', properties: { x: {}, y: {} } } },
    },
  };
  const copied = dropNulls(body, described) as Record<string, unknown>;
  t.strictSame(copied['tools'], [{ x: 1 }]);
  t.equal(jsonSourceOf(copied['tools']), '[{"x":1.0,"y":null}]');
});

t.test('alternatives that are alike are named once', (t) => {
  const error = errorOf(ResponseCreate, { type: 'response.create', input: [null] });
  t.match(error, { code: 'invalid_value', param: 'input[0]' });
  t.match(error.message, /expected an object, but got null/);
  t.end();
});
