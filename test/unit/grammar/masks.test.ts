/**
 * Masks say exactly what can follow: each token that leads on and no other, and whatever is drawn
 * from them ends as a text that fits, which ajv judges.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import type { NativeGrammar } from '../../../src/native/addon.js';
import {
  accepts,
  allowedIds,
  drawText,
  grammarOf,
  schemaGrammar,
  testVocabulary,
} from '../../support/grammar-runner.js';
import { randomSource } from '../../support/random.js';

const SCHEMAS: readonly unknown[] = [
  {},
  { type: 'object' },
  { type: 'string', maxLength: 5 },
  { type: 'string', minLength: 3, maxLength: 40 },
  { type: 'string', pattern: '^[a-z]{2,4}(-[0-9]+)?$' },
  { type: 'string', pattern: 'ab+c', maxLength: 9 },
  // Characters of whole classes, without end, counted by the pattern, by a length, or not at all.
  { type: 'string', pattern: '^[a-z]+$' },
  { type: 'string', pattern: '^[a-z]{1,12}$' },
  { type: 'string', pattern: '^[a-z ]{2,}$', maxLength: 40 },
  { type: 'string', pattern: '^[a-z]*-[0-9a-f]{3}$', minLength: 9 },
  { type: 'string', pattern: '^[^x]{0,30}$' },
  { type: 'string', pattern: '^(?:\\S+\\s+){0,5}\\S+$', maxLength: 50 },
  { type: 'string', pattern: '^[^a-dA-D]*$' },
  { type: 'string', pattern: '^[\\u0080-\\uffff]{0,4}$' },
  { type: 'object', patternProperties: { '^[a-z_]{1,6}$': {} }, additionalProperties: false },
  { enum: ['a', 'ab', 'name', 1, 1.5, null, true, { a: [1] }, [], ['é', '"\\\n']] },
  { type: 'integer', minimum: -20, maximum: 300 },
  { type: 'number', exclusiveMinimum: 0, multipleOf: 0.25, maximum: 10 },
  { type: 'array', items: { enum: ['a', 'b', 1] }, uniqueItems: true, minItems: 2 },
  { type: 'array', items: { type: 'integer' }, contains: { const: 12 }, maxItems: 4 },
  { type: 'array', prefixItems: [{ const: 1 }, { type: 'string' }], items: false, minItems: 1 },
  {
    type: 'object',
    properties: { name: { type: 'string' }, names: { type: 'integer' }, age: { type: 'integer' } },
    required: ['names'],
  },
  {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'integer' }, c: { type: 'null' } },
    additionalProperties: false,
    minProperties: 2,
  },
  {
    type: 'object',
    patternProperties: { '^a': { type: 'integer' }, e$: { type: 'integer', minimum: 10 } },
    additionalProperties: { type: 'boolean' },
    maxProperties: 3,
  },
  { type: 'object', propertyNames: { maxLength: 3 }, additionalProperties: { enum: [1, 2] } },
  {
    oneOf: [
      { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
      { type: 'object', properties: { b: { type: 'integer' } }, required: ['b'] },
    ],
  },
  {
    type: 'object',
    properties: { kind: { enum: ['x', 'y'] }, n: { type: 'integer' } },
    required: ['kind'],
    if: { properties: { kind: { const: 'x' } } },
    then: { required: ['n'] },
    else: { properties: { n: false } },
    additionalProperties: false,
  },
  {
    $defs: {
      tree: {
        type: 'object',
        properties: { v: { type: 'integer' }, l: { $ref: '#/$defs/tree' } },
        required: ['v'],
        additionalProperties: false,
      },
    },
    $ref: '#/$defs/tree',
  },
  { type: 'string', format: 'date' },
  { type: ['string', 'null'], not: { enum: ['a', 'ab', null] }, maxLength: 6 },
  { allOf: [{ minimum: 3 }, { maximum: 9 }], type: 'integer', not: { multipleOf: 2 } },
  {
    type: 'object',
    dependentRequired: { a: ['b'] },
    properties: { a: {}, b: {} },
    maxProperties: 2,
  },
];

const REGEXES = ['[a-z]+', '[a-z]+( [a-z]+)*!', '.*', '[a-z]{3,9}|[a-f0-9]+', '(a|b)*abb', '[^a]*'];

t.test('a mask has each token that leads on, and no other', (t) => {
  const { tokens, end } = testVocabulary();
  const grammars: [string, NativeGrammar][] = [
    ...SCHEMAS.map((one): [string, NativeGrammar] => [JSON.stringify(one), schemaGrammar(one)]),
    ...REGEXES.map((text): [string, NativeGrammar] => [text, grammarOf({ kind: 'regex', text })]),
  ];
  grammars.forEach(([name, grammar], seed) => {
    const seen = new Set<number>();
    for (let round = 0; round < 6; round++) {
      drawText(grammar, randomSource(seed * 100 + round), 12, (state, allowed) => {
        if (seen.has(state)) return;
        seen.add(state);
        const expected = tokens.flatMap((_, id) => (grammar.step(state, id) === 0 ? [] : [id]));
        if (grammar.accepts(state)) expected.push(end);
        t.same(allowed, expected, name.replaceAll('#', '~'));
      });
    }
  });
  t.end();
});

t.test('what is drawn fits its schema', (t) => {
  SCHEMAS.forEach((schema, seed) => {
    const grammar = schemaGrammar(schema);
    const validate = new Ajv2020({
      ...{ strict: false, validateFormats: false, multipleOfPrecision: 9 },
    }).compile(schema as object);
    const texts = new Set<string>();
    for (let round = 0; round < 25; round++) {
      const text = drawText(grammar, randomSource(1000 + seed * 100 + round), round);
      texts.add(text);
      if (!validate(JSON.parse(text))) t.fail(JSON.stringify([schema, text]).replaceAll('#', '~'));
    }
    t.ok(texts.size > 1, JSON.stringify(schema));
  });
  t.end();
});

t.test('regular expressions, choices and rules', (t) => {
  const regex = grammarOf({ kind: 'regex', text: '(?:ab)+|é{2,}' });
  t.same(
    ['ab', 'abab', 'éé', 'é', '', 'aba'].map((text) => accepts(regex, text)),
    [true, true, true, false, false, false],
  );
  const choice = grammarOf({ kind: 'choice', choices: ['yes', 'no', 'yes, please'] });
  t.same(
    ['yes', 'no', 'yes, please', 'y', 'yes,'].map((text) => accepts(choice, text)),
    [true, true, true, false, false],
  );
  // Twice the same, and half a pair of surrogates, which no text has.
  const odd = grammarOf({ kind: 'choice', choices: ['é', '\ud83d', 'é', '😀', 'ab\udc00', 'ab'] });
  t.same(
    ['é', '😀', 'ab', 'abc', ''].map((text) => accepts(odd, text)),
    [true, true, true, false, false],
  );
  const rules = grammarOf({
    kind: 'ebnf',
    text: `root ::= expr # the whole
expr ::= expr [+*] term
       | term
term ::= "(" expr ")" | [0-9]{1,3} | "\\x41" "\\u00e9"?`,
  });
  t.same(
    ['1+2*(34+Aé)', '(1', '1234', 'A', '((7))', '+1'].map((text) => accepts(rules, text)),
    [true, false, false, true, true, false],
  );
  const random = randomSource(5);
  for (let i = 0; i < 30; i++) t.ok(accepts(rules, drawText(rules, random, 8)));
  t.end();
});

t.test('listed numbers are numbers of JSON, whatever their size', (t) => {
  for (const [value, texts] of [
    [1, ['1', '1.0']],
    [-3, ['-3', '-3.0']],
    [1e21, ['1000000000000000000000', '1000000000000000000000.0', '1e21', '1e21.0']],
    [1.5e300, ['1.5e300', '1.5e300.0']],
    [1e-9, ['1e-9', '0.000000001', '1e-9.0']],
  ] as const) {
    const grammar = schemaGrammar({ enum: [value] });
    const written = texts.filter((text) => accepts(grammar, text));
    t.ok(written.length > 0, String(value));
    for (const text of written) t.equal(JSON.parse(text), value, text);
  }
  t.end();
});

t.test('every way to cut a text into tokens is allowed', (t) => {
  const { tokens } = testVocabulary();
  const grammar = schemaGrammar({ type: 'object', properties: { name: {}, age: {} } });
  const text = Buffer.from('{"name": "éa😀 long text of words\\n", "age": 12345}');
  const random = randomSource(9);
  for (let round = 0; round < 200; round++) {
    let state = grammar.start;
    for (let at = 0; at < text.length;) {
      const fitting = tokens.flatMap((token, id) =>
        text.subarray(at, at + token.length).equals(token) ? [id] : [],
      );
      const id = fitting[Math.floor(random() * fitting.length)]!;
      if (!allowedIds(grammar, state).includes(id)) t.fail(`${at}: ${tokens[id]!.toString()}`);
      state = grammar.step(state, id);
      at += tokens[id]!.length;
    }
    t.ok(grammar.accepts(state));
  }
  t.end();
});

t.test('strings take each escape that JSON has, and printable ASCII as itself', (t) => {
  const any = schemaGrammar({ type: 'string' });
  for (const [text, fits] of [
    ['"\\u00e9\\ud83d\\ude00\\"\\\\\\/\\b\\f\\n\\r\\t\\u001f"', true],
    ['"\\u0061"', false],
    ['"\\ud83d"', false],
    ['"\\ude00"', false],
    ['"\\ud83dx"', false],
    ['"\n"', false],
    ['"\\x"', false],
  ] as const) {
    t.equal(accepts(any, text), fits, text);
  }
  const three = schemaGrammar({ type: 'string', minLength: 3, maxLength: 3 });
  t.ok(accepts(three, '"é\\ud83d\\ude00\\n"'));
  t.notOk(accepts(three, '"é\\ud83d\\ude00"'));
  t.end();
});
