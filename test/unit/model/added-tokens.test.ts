/**
 * BOS and added tokens of a folder, against what AutoTokenizer of transformers 5.24 makes of the same
 * files (PreTrainedTokenizerFast and LlamaTokenizer agree on every row).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { JsonObject } from '../../../src/model/huggingface/json.js';
import { readHuggingFaceTokenizer } from '../../../src/model/huggingface/tokenizer.js';
import type { TokenizerSource } from '../../../src/model/model-source.js';

type Json = Record<string, unknown>;

/** 256 tokens of a byte each, in an alphabet of its own, and five added ones. */
const VOCABULARY = Object.fromEntries(
  Array.from({ length: 256 }, (_, i) => [String.fromCodePoint(0x4e00 + i), i]),
);
const ADDED = ['<|bos|>', '<|im_start|>', '<|im_end|>', '<think>', '</think>'];

function addedToken(content: string, i: number): Json {
  return {
    id: 256 + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: i < 3,
  };
}

interface Files {
  readonly tokenizer?: Json;
  readonly settings?: Json;
  readonly vocabSize?: number;
}

function read(t: Test, files: Files): TokenizerSource & { text: string } {
  const folder = t.testdir();
  const tokenizer = {
    added_tokens: ADDED.map(addedToken),
    post_processor: null,
    model: { type: 'BPE', vocab: VOCABULARY, merges: [] },
    ...files.tokenizer,
  };
  const settings = { bos_token: '<|bos|>', eos_token: '<|im_end|>', ...files.settings };
  const text = JSON.stringify(tokenizer);
  writeFileSync(join(folder, 'tokenizer.json'), text);
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(settings));
  const config = new JsonObject('config.json', {});
  const size = files.vocabSize ?? 512;
  return { ...readHuggingFaceTokenizer(folder, config, size), text };
}

const BOS = { SpecialToken: { id: '<|bos|>', type_id: 0 } };
const EOS = { SpecialToken: { id: '<|im_end|>', type_id: 0 } };
const TEXT = { Sequence: { id: 'A', type_id: 0 } };
const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false };
const template = (...single: object[]): object => ({
  type: 'TemplateProcessing',
  single,
  pair: [],
  special_tokens: {
    '<|bos|>': { id: '<|bos|>', ids: [256], tokens: ['<|bos|>'] },
    '<|im_end|>': { id: '<|im_end|>', ids: [258], tokens: ['<|im_end|>'] },
  },
});
const pair = { cls: ['<|bos|>', 256], sep: ['<|im_end|>', 258] };

/** A post-processor, and whether transformers puts BOS before a text and EOS after it. */
const PROCESSORS: readonly [name: string, processor: object | null, bos: boolean, eos: boolean][] =
  [
    ['none', null, false, false],
    ['ByteLevel', BYTE_LEVEL, false, false],
    ['a template with BOS', template(BOS, TEXT), true, false],
    ['a template without', template(TEXT), false, false],
    ['a template with both', template(BOS, TEXT, EOS), true, true],
    ['a template with EOS', template(TEXT, EOS), false, true],
    [
      'both in sequence',
      { type: 'Sequence', processors: [BYTE_LEVEL, template(BOS, TEXT)] },
      true,
      false,
    ],
    ['ByteLevel in sequence', { type: 'Sequence', processors: [BYTE_LEVEL] }, false, false],
    ['BertProcessing', { type: 'BertProcessing', ...pair }, true, true],
    ['RobertaProcessing', { type: 'RobertaProcessing', ...pair }, true, true],
  ];

t.test('BOS follows the post-processor, whatever add_bos_token and bos_token say', (t) => {
  for (const [name, processor, bos, eos] of PROCESSORS) {
    for (const add of [undefined, true, false]) {
      for (const token of ['<|bos|>', null]) {
        const settings = { bos_token: token, add_bos_token: add };
        const what = `${name}, add_bos_token ${add}, bos_token ${token}`;
        const source = read(t, { tokenizer: { post_processor: processor }, settings });
        t.equal(source.addBos, bos, what);
        t.equal(source.bosId, bos || token !== null ? 256 : null, what);
        const told = source.warnings.join('\n');
        t.equal(/add_bos_token is/.test(told), add !== undefined && add !== bos, what);
        t.equal(/more than one token around a text/.test(told), eos, what);
      }
    }
  }
  const tokenizer = { post_processor: template(BOS, TEXT) };
  t.throws(() => read(t, { tokenizer, vocabSize: 256 }), {
    code: 'file_malformed',
    message: /post_processor adds token 256: the model has tokens 0 to 255/,
  });
  t.end();
});

const flags = (content: string, set: Json = {}): Json => ({
  content,
  lstrip: false,
  rstrip: false,
  normalized: false,
  single_word: false,
  special: true,
  ...set,
});

/** Settings, and the token that transformers has then ([id, flags that are set]); null: as before. */
const MERGED: readonly [
  name: string,
  settings: Json,
  expected: readonly [string, number, string] | null,
][] = [
  [
    'flags',
    { added_tokens_decoder: { 258: flags('<|im_end|>', { lstrip: true, rstrip: true }) } },
    ['<|im_end|>', 258, 'lstrip rstrip special'],
  ],
  [
    'special taken away',
    { added_tokens_decoder: { 258: flags('<|im_end|>', { special: false }) }, eos_token: null },
    ['<|im_end|>', 258, ''],
  ],
  [
    'special given',
    { added_tokens_decoder: { 259: flags('<think>') } },
    ['<think>', 259, 'special'],
  ],
  [
    'normalized and single_word',
    {
      added_tokens_decoder: {
        259: flags('<think>', { special: false, normalized: true, single_word: true }),
      },
    },
    ['<think>', 259, 'normalized single_word'],
  ],
  ['a new one', { added_tokens_decoder: { 261: flags('<new>') } }, ['<new>', 261, 'special']],
  [
    'its id is not asked for',
    { added_tokens_decoder: { 300: flags('<new>') } },
    ['<new>', 261, 'special'],
  ],
  [
    'nor is that of a known one',
    { added_tokens_decoder: { 300: flags('<|im_end|>', { lstrip: true }) } },
    ['<|im_end|>', 258, 'lstrip special'],
  ],
  [
    'an id of another content',
    { added_tokens_decoder: { 258: flags('<new>', { lstrip: true }) } },
    ['<new>', 261, 'lstrip special'],
  ],
  ['flags of a named token', { eos_token: flags('<|im_end|>', { lstrip: true }) }, null],
  ['a named token of the vocabulary', { eos_token: '乢' }, ['乢', 98, 'special']],
  ['an unknown named token', { pad_token: '[PAD]' }, ['[PAD]', 261, 'special']],
  [
    'an extra special token',
    { extra_special_tokens: { t: '<think>' } },
    ['<think>', 259, 'special'],
  ],
  ['a token of any name', { image_token: '<img>' }, ['<img>', 261, 'special']],
  ['one that is known', { image_token: '<think>' }, ['<think>', 259, 'special']],
  [
    'flags of an unknown one',
    { pad_token: flags('[PAD]', { lstrip: true }) },
    ['[PAD]', 261, 'lstrip special'],
  ],
  ['a list, unknown', { additional_special_tokens: ['<new>'] }, ['<new>', 261, 'special']],
  ['a list, known', { additional_special_tokens: ['<think>'] }, null],
  ['extra ones, unknown', { extra_special_tokens: ['<new>'] }, ['<new>', 261, 'special']],
  [
    'an object in a list',
    { additional_special_tokens: [flags('<new>', { lstrip: true })] },
    ['<new>', 261, 'lstrip special'],
  ],
  ['nothing', {}, null],
];

t.test('tokenizer_config.json wins over the added tokens of tokenizer.json', (t) => {
  for (const [name, settings, expected] of MERGED) {
    const source = read(t, { settings });
    t.strictSame(
      source.warnings.filter((text) => !text.includes('no token ends')),
      [],
      name,
    );
    if (expected === null) {
      t.strictSame(source.document, JSON.parse(source.text), `${name}: handed on as it is`);
      continue;
    }
    const [content, id, set] = expected;
    const { added_tokens: added } = source.document as { added_tokens: Json[] };
    const token = added.find((entry) => entry.content === content)!;
    t.equal(token.id, id, name);
    const found = Object.keys(flags('')).filter((flag) => token[flag] === true);
    t.strictSame(found.sort(), set.split(' ').filter(Boolean).sort(), name);
    const others = added.filter((entry) => entry.content !== content);
    t.strictSame(
      others,
      ADDED.map(addedToken).filter((entry) => entry.content !== content),
      `${name}: the others are as before`,
    );
  }
  const nonspecial = ADDED.map(addedToken).map((token) => ({ ...token, special: false }));
  const source = read(t, { tokenizer: { added_tokens: nonspecial } });
  const { added_tokens: added } = source.document as { added_tokens: Json[] };
  t.strictSame(
    added.map(({ special }) => special),
    [true, false, true, false, false],
    'bos and eos are special by their names',
  );
  t.end();
});

t.test('a token that the model has no row for is left out', (t) => {
  const { warnings, document, text } = read(t, {
    settings: { pad_token: '[PAD]' },
    vocabSize: 261,
  });
  t.match(warnings, [/the token "\[PAD\]" is left out: .* no row for another/]);
  t.strictSame(document, JSON.parse(text));
  t.end();
});
