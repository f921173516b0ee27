/** What explodes, is broken or can't be kept is told, in little time. */
import t from 'tap';
import { compileGrammar } from '../../../src/grammar/compile-grammar.js';
import { GrammarError } from '../../../src/grammar/grammar-error.js';
import type { GrammarSource } from '../../../src/grammar/grammar-source.js';
import { MAX_COMPILE_MS } from '../../../src/grammar/limits.js';
import type { Program } from '../../../src/grammar/program/program.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { accepts, schemaGrammar, testVocabulary } from '../../support/grammar-runner.js';
import { randomSource } from '../../support/random.js';

const nested = (depth: number, schema: unknown): unknown =>
  depth === 0 ? schema : { type: 'array', items: nested(depth - 1, schema) };
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `name${i}`);
const properties = (count: number): unknown =>
  Object.fromEntries(names(count).map((name) => [name, { type: 'integer' }]));

/** `fault`: undefined where it must compile, null where either will do. */
const EXPLODING: readonly (readonly [name: string, schema: unknown, fault?: string | null])[] = [
  ['maxItems', { type: 'array', maxItems: 1e9 }],
  ['minItems', { type: 'array', minItems: 1e6, items: { enum: [1] } }],
  ['maxLength', { type: 'string', maxLength: 1e9 }],
  ['minLength', { type: 'string', minLength: 1e6 }],
  ['a pattern and lengths', { type: 'string', pattern: '^[a-z]+$', maxLength: 1e6 }],
  ['a pattern with gaps and lengths', { type: 'string', pattern: '^(ab)*$', maxLength: 1e6 }],
  ['nested quantifiers', { type: 'string', pattern: '^((a{1,50}){1,50}){1,50}$' }, 'tooComplex'],
  ['a pattern whose subsets explode', { pattern: '^(a|b)*a(a|b){30}$' }, 'tooComplex'],
  ['optional properties', { type: 'object', properties: properties(5000) }],
  ['required properties', { properties: properties(3000), required: names(3000) }],
  ['enum values', { enum: Array.from({ length: 10_000 }, (_, i) => `value ${i * 7919}`) }],
  ['depth', nested(200, { type: 'integer' })],
  ['any number', { type: 'number' }],
  [
    'alternatives',
    {
      allOf: Array.from({ length: 12 }, (_, i) => ({
        anyOf: [{ required: [`a${i}`] }, { required: [`b${i}`] }],
      })),
    },
    'tooComplex',
  ],
  [
    'references that double',
    {
      $defs: Object.fromEntries(
        names(30).map((name, i) => [
          name,
          { anyOf: [{ $ref: `#/$defs/name${i + 1}` }, { $ref: `#/$defs/name${i + 1}` }] },
        ]),
      ),
      $ref: '#/$defs/name0',
    },
    null,
  ],
  ['multiples', { type: 'integer', multipleOf: 1_000_003 }, 'tooComplex'],
];

function attempt(source: GrammarSource): GrammarError | Program {
  try {
    return compileGrammar(source, () => undefined).program;
  } catch (error) {
    if (error instanceof GrammarError) return error;
    throw error;
  }
}

t.test('schemas that explode compile within the limits, or are refused', (t) => {
  for (const [name, schema, fault] of EXPLODING) {
    const begun = process.cpuUsage();
    const outcome = attempt({ kind: 'schema', text: JSON.stringify(schema) });
    const { user } = process.cpuUsage(begun);
    if (fault !== null) {
      t.equal(outcome instanceof GrammarError ? outcome.fault : undefined, fault, name);
    }
    t.ok(user / 1000 < MAX_COMPILE_MS, `${name}: ${user / 1000} ms`);
  }
  t.end();
});

t.test('depth beyond any stack', (t) => {
  const text = `${'{"items":'.repeat(20_000)}{}${'}'.repeat(20_000)}`;
  const outcome = attempt({ kind: 'schema', text });
  t.ok(outcome instanceof GrammarError ? outcome.fault === 'tooComplex' : true);
  t.end();
});

t.test('large bounds are counted, not built', (t) => {
  const long = schemaGrammar({ type: 'string', minLength: 2, maxLength: 2000 });
  t.ok(long.bytes < 100_000, `${long.bytes} bytes`);
  t.ok(accepts(long, `"${'x'.repeat(2000)}"`));
  t.notOk(accepts(long, `"${'x'.repeat(2001)}"`));
  const many = schemaGrammar({ type: 'array', items: { enum: [1] }, minItems: 3, maxItems: 5000 });
  t.ok(accepts(many, `[${Array<number>(5000).fill(1).join()}]`));
  t.notOk(accepts(many, `[${Array<number>(5001).fill(1).join()}]`));
  t.notOk(accepts(many, '[1, 1]'));
  t.end();
});

t.test('an automaton without an end stays within its memory', (t) => {
  const grammar = schemaGrammar({});
  let state = grammar.start;
  let depth = 0;
  for (; state !== 0 && depth < 1e6; depth++) state = grammar.step(state, 0x5b);
  t.ok(depth > 10_000 && depth < 1e6, `${depth} deep`);
  t.ok(grammar.bytes < 2 ** 28, `${grammar.bytes} bytes`);
  t.equal(grammar.step(grammar.start, 0x5b), 0, 'nothing more comes of it');
  t.end();
});

t.test('what is wrong names its place', (t) => {
  for (const [schema, fault, place] of [
    ['{"type":', 'malformed', ''],
    ['5', 'malformed', '#'],
    ['{"type":"text"}', 'malformed', '#/type'],
    ['{"properties":{"a":{"minLength":-1}}}', 'malformed', '#/properties/a/minLength'],
    ['{"properties":{"a/b":{"pattern":"("}}}', 'malformed', '#/properties/a~1b/pattern'],
    ['{"items":{"uniqueItems":true}}', 'unsupported', '#/items/uniqueItems'],
    ['{"$ref":"#/$defs/none"}', 'malformed', '#/$ref'],
    ['{"$ref":"https://example.org/x"}', 'unsupported', '#/$ref'],
    ['{"$ref":"#"}', 'unsatisfiable', '#'],
    ['false', 'unsatisfiable', '#'],
    ['{"type":"string","minLength":3,"maxLength":2}', 'unsatisfiable', '#'],
    ['{"required":["a"],"properties":{"a":false},"type":"object"}', 'unsatisfiable', '#'],
    [
      '{"$defs":{"a":{"type":"object","required":["a"],"properties":{"a":{"$ref":"#/$defs/a"}}}},"$ref":"#/$defs/a"}',
      'unsatisfiable',
      '#',
    ],
    ['{"unevaluatedProperties":false,"allOf":[{}]}', 'unsupported', '#/unevaluatedProperties'],
    [
      '{"not":{"patternProperties":{"a":{"type":"null"}}}}',
      'unsupported',
      '#/not/patternProperties',
    ],
  ] as const) {
    const outcome = attempt({ kind: 'schema', text: schema });
    t.match(outcome, { fault, place }, schema);
  }
  for (const [text, message] of [
    ['a ::= "x"', /no rule "root"/],
    ['root ::= a', /no rule "a"/],
    ['root ::= "a', /has no end \(line 1\)/],
    ['root ::= "a"\nroot ::= "b"', /twice/],
    ['root ::= root "a"', /no text fits/],
    ['root ::= a\na ::= b "x" | "y"\nb ::= a', /begins with/],
    ['root ::= [b-a]', /not in order/],
    ['root ::= ("a"', /has no \)/],
  ] as const) {
    t.match(attempt({ kind: 'ebnf', text }), { message }, text);
  }
  t.match(attempt({ kind: 'choice', choices: [] }), { fault: 'unsatisfiable' });
  t.end();
});

t.test('a program that is none is refused, and does no harm', (t) => {
  const { native } = testVocabulary();
  const { Grammar } = loadAddon();
  const random = randomSource(3);
  const schema = {
    properties: { a: { type: 'string', maxLength: 9 }, b: { items: { enum: [1, 'x'] } } },
    patternProperties: { '^c': { type: 'number' } },
    required: ['a'],
  };
  const source = { kind: 'schema', text: JSON.stringify(schema) } as const;
  const { program } = compileGrammar(source, () => undefined);
  const fields = Object.keys(program) as (keyof Program)[];
  const mask = new Uint32Array(64);
  let refused = 0;
  for (let round = 0; round < 2000; round++) {
    const broken = structuredClone(program) as Record<keyof Program, Int32Array | Uint8Array>;
    const field = fields[Math.floor(random() * fields.length)]!;
    const values = broken[field];
    const at = Math.floor(random() * values.length);
    const kind = random();
    if (kind < 0.3) broken[field] = values.slice(0, at);
    else
      values[at] =
        kind < 0.6 ? Math.floor(random() * 2 ** 32) - 2 ** 31 : values[at]! + (kind < 0.8 ? 1 : -1);
    try {
      const grammar = new Grammar(native, broken as unknown as Program);
      let state = grammar.start;
      for (const byte of Buffer.from('{"a": "xy", "b": [1, "x"], "c": 1e5}')) {
        grammar.fillMask(state, mask, 0);
        state = grammar.step(state, byte);
      }
    } catch (error) {
      if ((error as { code?: string }).code !== 'invalid_argument') throw error;
      refused++;
    }
  }
  t.ok(refused > 500, `${refused} refused`);
  t.throws(() => new Grammar({ bytes: 0 }, program), { code: 'invalid_argument' });
  t.throws(() => new Grammar(native, {} as Program), { code: 'invalid_argument' });
  const grammar = new Grammar(native, program);
  t.throws(() => grammar.step(1e6, 0), { code: 'invalid_argument' });
  t.throws(() => grammar.step(grammar.start, 1e6), { code: 'invalid_argument' });
  t.throws(() => grammar.fillMask(grammar.start, mask, 60), { code: 'invalid_argument' });
  t.end();
});
