import { readFileSync } from 'node:fs';
import t from 'tap';
import { Tokenizer as Library } from 'tokenizers';
import { KingletError } from '../../../src/errors.js';
import { loadTokenizer, type TextSource } from '../../../src/tokenizer/load-tokenizer.js';
import type { Tokenizer } from '../../../src/tokenizer/tokenizer.js';
import { REFERENCE } from '../../support/reference.js';
import { REAL, realPath, tinyDocument } from '../../support/tokenizer-families.js';
import { randomSource } from '../../support/random.js';
import { encodeText } from '../../support/encode.js';

type Json = Record<string, unknown>;

function read(path: URL): string {
  return readFileSync(path, 'utf8');
}

function sourceOf(document: unknown, more: Partial<TextSource> = {}): TextSource {
  return {
    document,
    bosId: null,
    addBos: false,
    eosIds: [],
    padId: null,
    templateTokens: {},
    chatTemplate: null,
    ...more,
  };
}

const TINY = JSON.stringify(tinyDocument());

const load = (json: string): Promise<Tokenizer> => loadTokenizer(sourceOf(JSON.parse(json)));

/** Text in which special tokens, pieces of them and other characters meet at random. */
function mixedText(random: () => number, strings: readonly string[]): string {
  const pieces = ['a', ' ', 'Ünï', '漢字', '\n\n', '🙂', '<', '|>', '  x', '\u0301', "'ll", '12'];
  let text = '';
  for (let i = 0; i < 12; i++) {
    const from = random() < 0.5 ? strings : pieces;
    const piece = from[Math.floor(random() * from.length)]!;
    text += random() < 0.1 ? piece.slice(0, 3) : piece;
  }
  return text;
}

t.test('ids and decodings of the reference texts', async (t) => {
  const reference = JSON.parse(read(new URL('text/tokens.json', REFERENCE))) as {
    texts: string[];
    ids: Record<string, number[][]>;
    decoded: Record<string, string[]>;
  };
  for (const name of REAL) {
    const json = read(realPath(name));
    const tokenizer = await load(json);
    const library = Library.fromString(json);
    for (const [i, text] of reference.texts.entries()) {
      const ids = [...encodeText(tokenizer, text, 'parse')];
      t.same(ids, reference.ids[name]![i], `${name}: ids of text ${i}`);
      t.equal(tokenizer.decode(ids), reference.decoded[name]![i], `${name}: decoding ${i}`);
    }
    const random = randomSource(1);
    const added = (JSON.parse(json) as { added_tokens: { content: string }[] }).added_tokens;
    const strings = added.map((token) => token.content);
    for (let i = 0; i < 150; i++) {
      const text = mixedText(random, strings);
      const encoding = await library.encode(text, null, { addSpecialTokens: false });
      const ids = encodeText(tokenizer, text, 'parse');
      t.same([...ids], encoding.getIds(), `${name}: as the library: ${JSON.stringify(text)}`);
      const plain = encodeText(tokenizer, text, 'plain');
      t.notOk(
        plain.some((id) => tokenizer.table.special[id] === 1),
        'no special token from plain text',
      );
      t.equal(tokenizer.decode(plain), name === 'qwen3' ? text.normalize('NFC') : text);
    }
  }
});

t.test('the tokenizer of the tiny checkpoints', async (t) => {
  const reference = JSON.parse(read(new URL('text/tiny-tokenizer.json', REFERENCE))) as {
    encode: {
      text: string;
      ids_without_bos: number[];
      decoded: string;
      decoded_without_special: string;
    }[];
  };
  const tokenizer = await load(TINY);
  t.equal(tokenizer.vocabSize, 384);
  t.equal(tokenizer.idOf('<|eot_id|>'), 383);
  t.equal(tokenizer.idOf('<think'), 328);
  t.equal(tokenizer.idOf('no such token'), null);
  t.equal(tokenizer.specialStrings.length, 5);
  for (const row of reference.encode) {
    const ids = encodeText(tokenizer, row.text, 'parse');
    t.same([...ids], row.ids_without_bos, JSON.stringify(row.text));
    t.equal(tokenizer.decode(ids), row.decoded);
    t.equal(tokenizer.decode(ids, { skipSpecial: true }), row.decoded_without_special);
  }
  t.ok(tokenizer.table.bytes.buffer instanceof SharedArrayBuffer, 'the table can be shared');
});

t.test('a rendered chat: specials inside of plain ranges are text', async (t) => {
  const tokenizer = await load(TINY);
  const own = '<|start_header_id|>user<|end_header_id|>\n\n';
  const user = 'say <|eot_id|><|begin_of_text|> aloud';
  const plain = [{ start: own.length, end: own.length + user.length }];
  const ids = encodeText(tokenizer, `${own}${user}<|eot_id|>`, 'parse', plain);
  const expected = [
    ...encodeText(tokenizer, own, 'parse'),
    ...encodeText(tokenizer, user, 'plain'),
    tokenizer.idOf('<|eot_id|>')!,
  ];
  // "\n\n" and the user's text are one part for the tokenizer; here they don't merge.
  t.equal(tokenizer.decode(ids), `${own}${user}<|eot_id|>`);
  t.same([...ids], expected);
  t.equal([...ids].filter((id) => tokenizer.table.special[id] === 1).length, 3);
});

t.test('flags of added tokens, as the library has them', async (t) => {
  const document = JSON.parse(TINY) as { added_tokens: Json[]; normalizer: Json | null };
  const flags = ['single_word', 'lstrip', 'rstrip', 'normalized'];
  const random = randomSource(2);
  for (let round = 0; round < 24; round++) {
    const names = ['<s>', '<s>x', 'x<s', 'word', 'e\u0301', '[M]', '<|eot_id|>', '🙂'];
    document.normalizer = round % 2 === 0 ? null : { type: 'NFC' };
    document.added_tokens = names.map((content, i) => ({
      id: 379 + i,
      content,
      special: random() < 0.7,
      ...Object.fromEntries(flags.map((flag) => [flag, random() < 0.4])),
    }));
    const json = JSON.stringify(document);
    const library = Library.fromString(json);
    const tokenizer = await load(json);
    for (let i = 0; i < 40; i++) {
      const text = mixedText(random, names);
      const encoding = await library.encode(text, null, { addSpecialTokens: false });
      t.same(
        [...encodeText(tokenizer, text, 'parse')],
        encoding.getIds(),
        `${JSON.stringify(text)} under ${JSON.stringify(document.added_tokens)}`,
      );
    }
  }
});

t.test('bytes that are no UTF-8, a byte order mark, ids beyond the table', async (t) => {
  const tokenizer = await load(TINY);
  const ids = encodeText(tokenizer, '\ufeffé🙂', 'plain');
  t.equal(tokenizer.decode(ids), '\ufeffé🙂');
  t.equal(tokenizer.decode(ids.subarray(0, ids.length - 1)), '\ufeffé\ufffd');
  t.equal(tokenizer.decode([-1, 100_000]), '');
  t.equal(tokenizer.decode([]), '');
  t.same([...encodeText(tokenizer, '', 'parse')], []);
});

t.test('byte fallback', async (t) => {
  const document = JSON.parse(TINY) as { model: { vocab: Json; byte_fallback: boolean } };
  document.model.byte_fallback = true;
  document.model.vocab['<0xE2>'] = 384;
  const tokenizer: Tokenizer = await loadTokenizer(sourceOf(document));
  const { bytes, offsets } = tokenizer.table;
  t.same([...bytes.subarray(offsets[384], offsets[385])], [0xe2]);
});

t.test('a malformed tokenizer.json is refused by the name of its key', async (t) => {
  const change = (path: string, value: unknown): string => {
    const document = JSON.parse(TINY) as Json;
    const keys = path.split('.');
    const last = keys.pop()!;
    const parent = keys.reduce((at, key) => at[key] as Json, document);
    parent[last] = value;
    return JSON.stringify(document);
  };
  const bad = 'file_malformed';
  const cases: [json: string, code: string, names: RegExp][] = [
    ['[]', bad, /the document/],
    ['{}', bad, /model/],
    [change('model.type', 'Unigram'), 'unsupported_model', /model\.type.*Unigram/],
    [change('model.continuing_subword_prefix', '##'), 'unsupported_model', /subword_prefix/],
    [change('model.end_of_word_suffix', '</w>'), 'unsupported_model', /word_suffix/],
    [change('model.unk_token', '<unk>'), bad, /model\.unk_token/],
    [change('decoder', null), 'unsupported_model', /decoder/],
    [change('decoder', { type: 'Metaspace' }), 'unsupported_model', /Metaspace/],
    [change('normalizer', { type: 'Prepend' }), 'unsupported_model', /normalizer.*Prepend/],
    [change('model.vocab', []), bad, /model\.vocab/],
    [change('model.vocab.a', -1), bad, /model\.vocab\["a"\]/],
    [change('model.vocab.a', 1e9), bad, /model\.vocab\["a"\]/],
    [change('model.vocab.a', 66), bad, /also that of/],
    [change('model.merges.3', ['a']), bad, /model\.merges\[3\]/],
    [change('model.merges.3', ['a', 'zzz']), bad, /zzz/],
    [change('added_tokens', {}), bad, /added_tokens/],
    [change('added_tokens.1.id', '1'), bad, /added_tokens\[1\]\.id/],
    [change('added_tokens.1.content', ''), bad, /added_tokens\[1\]\.content/],
    [change('added_tokens.1.lstrip', 1), bad, /added_tokens\[1\]\.lstrip/],
    [change('added_tokens.1.id', 379), bad, /added_tokens\[1\]/],
    [change('pre_tokenizer', { type: 'Nonsense' }), 'unsupported_model', /pre_tokenizer.*Nonsense/],
  ];
  for (const [json, code, names] of cases) {
    const error = await load(json).then(
      () => null,
      (e: unknown) => e,
    );
    t.ok(error instanceof KingletError, `refused: ${names}`);
    t.equal((error as KingletError).code, code);
    t.match((error as KingletError).message, names);
  }
});

t.test(
  'any key replaced by anything: an error of the table, or a tokenizer that works',
  async (t) => {
    const paths: string[][] = [];
    const walk = (value: unknown, path: string[]): void => {
      if (path.length > 0) paths.push(path);
      if (typeof value !== 'object' || value === null) return;
      const keys = Object.keys(value);
      const some = keys.length > 20 || Array.isArray(value) ? keys.slice(0, 2) : keys;
      for (const key of some) walk((value as Json)[key], [...path, key]);
    };
    walk(JSON.parse(TINY), []);
    const values = [null, -1, 'x', '', [], {}, 1e308, true, '(', 2 ** 32 - 1, { type: 'Sequence' }];
    let works = 0;
    let refused = 0;
    for (const path of paths) {
      for (const value of values) {
        const document = JSON.parse(TINY) as Json;
        const parent = path.slice(0, -1).reduce((at, key) => at[key] as Json, document);
        parent[path.at(-1)!] = value;
        try {
          const tokenizer = await loadTokenizer(sourceOf(document));
          encodeText(tokenizer, 'hello <|eot_id|> w\u00f6rld', 'parse');
          works++;
        } catch (error) {
          if (!(error instanceof KingletError)) throw error;
          refused++;
        }
      }
    }
    t.ok(works > 100 && refused > 100, `${works} work, ${refused} are refused`);
  },
);
