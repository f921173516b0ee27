/** Tokenizer files that were made to do harm: refused by the name of the key, or they work. */
import t from 'tap';
import { KingletError } from '../../../src/errors.js';
import { createEncoder } from '../../../src/tokenizer/encoder.js';
import { buildEncodingTables } from '../../../src/tokenizer/encoding-tables.js';
import { readTokenizerJson } from '../../../src/tokenizer/tokenizer-json.js';
import { mutated } from '../../support/mutate-json.js';
import { randomSource } from '../../support/random.js';
import { randomText } from '../../support/random-text.js';
import { tinyDocument, type Json } from '../../support/tokenizer-families.js';

async function load(document: unknown): Promise<void> {
  const { tables } = await buildEncodingTables(readTokenizerJson(document));
  const encoder = createEncoder(tables);
  const random = randomSource(1);
  for (let i = 0; i < 5; i++) {
    encoder.encode(randomText(random, ['<|eot_id|>']), { special: 'parse', maxTokens: 1000 });
  }
}

function nested(depth: number, around: (inner: unknown) => unknown): unknown {
  let value: unknown = null;
  for (let i = 0; i < depth; i++) value = around(value);
  return value;
}

const split = (Regex: unknown): Json => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
});

const patternOf = (change: Json): string => {
  const steps = (change['pre_tokenizer'] as { pretokenizers?: Json[] } | null)?.pretokenizers;
  return String((steps?.[0]?.['pattern'] as Json | undefined)?.['Regex']).slice(0, 40);
};

t.test('named keys', async (t) => {
  const bad = 'file_malformed';
  const other = 'unsupported_model';
  const model = (change: Json): Json => ({ model: { ...tinyDocument().model, ...change } });
  const deep = 50_000;
  const cases: [change: Json, code: string, message: RegExp][] = [
    [model({ merges: ['a zzz'] }), bad, /model\.merges\[0\]: its right part/],
    [model({ merges: ['zzz a'] }), bad, /model\.merges\[0\]: its left part/],
    [model({ merges: ['z q'] }), bad, /model\.merges\[0\]: what it makes/],
    [model({ merges: ['z'] }), bad, /model\.merges\[0\]: expected a pair/],
    [model({ merges: ['a b c'] }), bad, /model\.merges\[0\]/],
    [model({ merges: [['', 'a']] }), bad, /model\.merges\[0\]/],
    [model({ merges: [[['a'], 'b']] }), bad, /model\.merges\[0\]/],
    [model({ merges: nested(deep, (inner) => [inner]) }), bad, /model\.merges\[0\]/],
    [model({ vocab: {}, merges: [] }), 'works', /./],
    [{ ...model({ vocab: {}, merges: [] }), added_tokens: [] }, bad, /model\.vocab: is empty/],
    [model({ vocab: { a: 4_194_304 }, merges: [] }), bad, /model\.vocab\["a"\]/],
    [model({ vocab: { a: 4_194_303 }, merges: [] }), 'works', /./],
    [model({ vocab: { ['x'.repeat(1 << 17)]: 0 }, merges: [] }), bad, /longer than 65536/],
    [model({ vocab: nested(deep, (a) => ({ a })) }), bad, /model\.vocab\["a"\].*an object/],
    [model({ unk_token: nested(deep, (inner) => [inner]) }), bad, /unk_token: a list of 1/],
    [model({ type: nested(deep, (inner) => [inner]) }), other, /model\.type is a list/],
    [model({ byte_fallback: 'yes' }), bad, /model\.byte_fallback/],
    [model({ ignore_merges: 1 }), bad, /model\.ignore_merges/],
    [{ added_tokens: nested(deep, (inner) => [inner]) }, bad, /added_tokens\[0\]/],
    [
      { decoder: nested(deep, (d) => ({ type: 'Sequence', decoders: [d] })) },
      bad,
      /decoder.*nested/,
    ],
    [
      { normalizer: nested(deep, (n) => ({ type: 'Sequence', normalizers: [n] })) },
      bad,
      /normalizer.*nested/,
    ],
    [
      { pre_tokenizer: nested(deep, (p) => ({ type: 'Sequence', pretokenizers: [p] })) },
      bad,
      /pre_tokenizer.*nested/,
    ],
    [{ normalizer: { type: 'Sequence', normalizers: Array(33).fill({ type: 'NFC' }) } }, bad, /32/],
    [{ pre_tokenizer: null }, other, /pre_tokenizer.*ByteLevel/],
    [{ pre_tokenizer: { type: 'FixedLength', length: 0 } }, other, /FixedLength.*ByteLevel/],
    [{ pre_tokenizer: { type: 'ByteLevel' } }, bad, /pre_tokenizer\.add_prefix_space/],
  ];
  const step = /pre_tokenizer\.pretokenizers\[0\]\.pattern/;
  const patterns = ['', 'a*', '(a|)', '(?!b)', 'a?b*', '(', ')', '[', '[]', 'a**', 'a++', 'a{2}?'];
  patterns.push('(?<=a)b', '(?<x>a)', '\\1', '(a)\\1', '\\bx', '^a', 'a$', '\\Aa', '\\X', '\\h');
  patterns.push(
    '[[:alpha:]]',
    '[a&&b]',
    '[b-a]',
    '\\p{Han}',
    '\\p{Greek}',
    '\\p{L',
    'a{2,1}',
    'a{,2}',
  );
  patterns.push('a{1001}', '(?:a{1000}){1000}', '(?i:ss)', '(?i:é)', '(?i:a+)', '(?i)a', '(?x: a)');
  patterns.push(
    '(?=ab)a',
    '(?>a)',
    'a|b|',
    '(a*)*b',
    '(?:\\s*)+x',
    '\\xff',
    '\\u12',
    '\\ud800',
    '{',
  );
  patterns.push('('.repeat(10_000), '(?:'.repeat(60) + 'a' + ')'.repeat(60), 'a'.repeat(20_001));
  for (const pattern of patterns) cases.push([{ pre_tokenizer: split(pattern) }, other, step]);
  for (const pattern of [1, null, {}, []]) {
    cases.push([{ pre_tokenizer: split(pattern) }, bad, step]);
  }
  for (const [change, code, message] of cases) {
    const name = `${message.source} ${typeof change['pre_tokenizer'] === 'object' ? patternOf(change) : ''}`;
    const error: unknown = await load({ ...tinyDocument(), ...change }).then(
      () => null,
      (e: unknown) => e,
    );
    if (code === 'works') {
      t.equal(error, null, 'works');
      continue;
    }
    t.ok(error instanceof KingletError, `${name}: ${String(error).slice(0, 200)}`);
    t.equal((error as KingletError).code, code, name);
    t.match((error as KingletError).message, message);
    t.ok((error as KingletError).message.length < 500, 'a short message');
  }
});

t.test('mutated files', async (t) => {
  const random = randomSource(5);
  const text = JSON.stringify(tinyDocument());
  let works = 0;
  let refused = 0;
  for (let file = 0; file < 1000; file++) {
    const json = mutated(text, random);
    try {
      await load(JSON.parse(json));
      works++;
    } catch (error) {
      if (!(error instanceof KingletError)) throw error;
      refused++;
    }
  }
  t.ok(works > 100 && refused > 100, `${works} work, ${refused} are refused`);
});
