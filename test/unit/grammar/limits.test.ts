/** What explodes, is broken or can't be kept is told, in little time. */
import t from 'tap';
import { compileGrammar } from '../../../src/grammar/compile-grammar.js';
import { GrammarError, tooComplex } from '../../../src/grammar/grammar-error.js';
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

const list = <Item>(count: number, item: (i: number) => Item): Item[] =>
  Array.from({ length: count }, (_, i) => item(i));
const character = (i: number): string => String.fromCodePoint(0x4e00 + ((i * 2) % 20_000));
const schema = (value: unknown): GrammarSource => ({ kind: 'schema', text: JSON.stringify(value) });
/** Rules of which each names the next, and the last one the first. */
const chain = (count: number, rule: (next: string) => string): string =>
  list(
    count,
    (i) => `${i === 0 ? 'root' : `r${i}`} ::= ${rule(i + 1 < count ? `r${i + 1}` : 'root')}`,
  ).join('\n');

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

/** Sources that would take from seconds to minutes, or more than any time. */
const ENDLESS: readonly (readonly [name: string, source: GrammarSource])[] = [
  ['alternatives of numbers', schema({ anyOf: list(16_000, (i) => ({ const: i })) })],
  [
    'a list of numbers that are not',
    schema({ type: 'number', not: { enum: list(60_000, Number) } }),
  ],
  ['exactly one of many strings', schema({ oneOf: list(40_000, (i) => ({ const: `a${i}` })) })],
  [
    'alternatives of patterns',
    schema({ type: 'string', anyOf: list(5000, (i) => ({ pattern: `^a${i}` })) }),
  ],
  [
    'alternatives of lengths',
    schema({ type: 'string', anyOf: list(3000, (i) => ({ maxLength: i })) }),
  ],
  [
    'names by many patterns',
    schema({ patternProperties: Object.fromEntries(list(3000, (i) => [`^k${i}`, {}])) }),
  ],
  [
    'a list that excludes a character each time',
    { kind: 'regex', text: list(4000, (i) => `[^${character(i)}]`).join('') },
  ],
  [
    'rules that lead on in a ring',
    { kind: 'ebnf', text: chain(20_000, (next) => `"x" ${next} |`) },
  ],
];

t.test('what goes on for too long ends when its time is up', (t) => {
  for (const [name, source] of ENDLESS) {
    const begun = process.cpuUsage();
    const usedMs = (): number => process.cpuUsage(begun).user / 1000;
    try {
      compileGrammar(source, () => {
        if (usedMs() > MAX_COMPILE_MS / 4) throw tooComplex('time is up');
      });
    } catch (error) {
      t.match(error, { fault: 'tooComplex' }, name);
    }
    const used = usedMs();
    t.ok(used < 2 * MAX_COMPILE_MS, `${name}: ${used} ms`);
  }
  t.end();
});

t.test('what is long and simple takes little time', (t) => {
  for (const [name, source] of [
    ['a class', { kind: 'ebnf', text: `root ::= [${list(100_000, character).join('')}]` }],
    ['a class of a pattern', { kind: 'regex', text: `[${list(15_000, character).join('')}]+` }],
    [
      'rules that lead on',
      { kind: 'ebnf', text: chain(45_000, (next) => (next === 'root' ? '"a"' : next)) },
    ],
    ['repetitions of nothing', { kind: 'regex', text: '(((((){100000}){100000}){9}){9,99999})' }],
  ] as const) {
    const begun = process.cpuUsage();
    t.notOk(attempt(source) instanceof GrammarError, name);
    const used = process.cpuUsage(begun).user / 1000;
    t.ok(used < MAX_COMPILE_MS, `${name}: ${used} ms`);
  }
  t.match(attempt({ kind: 'ebnf', text: chain(45_000, (next) => `${next} "a" |`) }), {
    fault: 'unsupported',
    message: /^.{1,200}$/,
  });
  t.end();
});

t.test('depth beyond any stack', (t) => {
  const text = `${'{"items":'.repeat(20_000)}{}${'}'.repeat(20_000)}`;
  const outcome = attempt({ kind: 'schema', text });
  t.ok(outcome instanceof GrammarError ? outcome.fault === 'tooComplex' : true);
  t.end();
});

t.test('a long text with many characters takes little memory', (t) => {
  // Each place has states of its own, since words and characters are counted.
  const words = '^(?:\\S+\\s+){0,3000}\\S+$';
  const grammar = schemaGrammar({ type: 'string', pattern: words, maxLength: 20_000 });
  const text = Buffer.from(`"${'a 日本 é😀 '.repeat(200)}end"`);
  const mask = new Uint32Array(Math.ceil((testVocabulary().tokens.length + 1) / 32));
  let state = grammar.start;
  for (const byte of text) {
    const leadsOn = grammar.fillMask(state, mask, 0);
    if (!leadsOn || ((mask[byte >> 5]! >>> (byte & 31)) & 1) === 0) t.fail(`${byte} is refused`);
    state = grammar.step(state, byte);
  }
  t.ok(grammar.accepts(state));
  t.ok(grammar.bytes < 48 << 20, `${grammar.bytes} bytes`);
  t.end();
});

t.test('an automaton takes no more memory than it may', (t) => {
  const words = '^(?:\\S+\\s+){0,3000}\\S+$';
  const text = JSON.stringify({ type: 'string', pattern: words, maxLength: 20_000 });
  const { program } = compileGrammar({ kind: 'schema', text }, () => undefined);
  const { native, tokens } = testVocabulary();
  const mask = new Uint32Array(Math.ceil((tokens.length + 1) / 32));
  const least = new (loadAddon().Grammar)(native, program).bytes;
  const grammar = new (loadAddon().Grammar)(native, program, least + (2 << 20));
  let state = grammar.start;
  let taken = 0;
  for (const byte of Buffer.from(`"${'a 日本 é😀 '.repeat(200)}`)) {
    grammar.fillMask(state, mask, 0);
    state = grammar.step(state, byte);
    if (state === 0) break;
    taken++;
  }
  t.equal(state, 0);
  t.ok(taken > 100, `${taken} bytes of text`);
  t.ok(grammar.exhausted);
  t.notOk(grammar.fillMask(grammar.start, mask, 0));
  // Arrays double as they grow.
  t.ok(grammar.bytes < 2 * (least + (2 << 20)), `${grammar.bytes} bytes, ${least} at the start`);
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
    ['{"const":1e400}', 'malformed', '#/const'],
    ['{"properties":{"a":{"enum":["b","\\ud800"]}}}', 'malformed', '#/properties/a/enum/1'],
    ['{"properties":{"\\udc00":{}}}', 'malformed', '#/properties'],
    ['{"type":"string","pattern":"^\\\\ud800$"}', 'unsatisfiable', '#'],
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
    ['root ::= "\\uD800"', /no text fits/],
    ['root ::= [\\uD800-\\uDFFF]', /no text fits/],
  ] as const) {
    t.match(attempt({ kind: 'ebnf', text }), { message }, text);
  }
  t.match(attempt({ kind: 'choice', choices: [] }), { fault: 'unsatisfiable' });
  t.match(attempt({ kind: 'regex', text: '[\\uD800-\\uDFFF]' }), { fault: 'unsatisfiable' });
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
