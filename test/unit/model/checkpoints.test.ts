/** Checkpoints as people have them: what contradicts itself loads as transformers and llama.cpp load it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { KingletError } from '../../../src/errors.js';
import { checkedEndIds } from '../../../src/model/end-ids.js';
import { openModel } from '../../../src/model/open-model.js';
import type { ModelSource, TokenizerSource } from '../../../src/model/model-source.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { ModelRunner } from '../../support/run-model.js';
import { Checkpoint, type Json } from './checkpoint.js';
import { tinyLlama, writeGguf, type TensorSpec, type Value } from './gguf-writer.js';

const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';

function logits(source: ModelSource): Float32Array {
  const runner = new ModelRunner(loadAddon(), source, { compute: 'float', threads: 1 });
  const result = runner.run([1, 2, 3], 0).slice();
  runner.close();
  return result;
}

t.test('a head beside tie_word_embeddings', async (t) => {
  const checkpoint = new Checkpoint(t, 'reference/checkpoints/smollm2');
  const alone = await checkpoint.open();
  t.strictSame(alone.warnings, []);
  const tied = logits(alone);

  await t.test('a copy of the embedding takes no memory', async (t) => {
    checkpoint.tensors((all) => all.set(HEAD, all.get(EMBEDDING)!));
    const copied = await checkpoint.open();
    t.equal(copied.tensors.length, alone.tensors.length);
    t.strictSame(copied.warnings, []);
    t.strictSame(logits(copied), tied);
  });
  await t.test('one of its own is used, with a warning', async (t) => {
    checkpoint.tensors((all) => {
      const [entry, bytes] = all.get(EMBEDDING)!;
      // Rows in another order: other logits, of the same size.
      const [rows = 1] = entry.shape;
      const row = bytes.length / rows;
      all.set(HEAD, [entry, Buffer.concat([bytes.subarray(row), bytes.subarray(0, row)])]);
    });
    const trained = await checkpoint.open();
    t.match(trained.warnings, [/config.json: tie_word_embeddings is true, but lm_head.weight/]);
    const own = logits(trained);
    t.strictSame(own.slice(0, 383), tied.slice(1, 384), 'the moved rows');
    checkpoint.edit('config.json', { tie_word_embeddings: false });
    const untied = await checkpoint.open();
    t.strictSame(untied.warnings, []);
    t.strictSame(logits(untied), own, 'the same as with the configuration mended');
  });
  await t.test('without an embedding it serves as one', async (t) => {
    checkpoint.edit('config.json', { tie_word_embeddings: true });
    checkpoint.tensors((all) => {
      all.set(HEAD, all.get(EMBEDDING)!);
      all.delete(EMBEDDING);
    });
    t.strictSame(logits(await checkpoint.open()), tied);
  });
});

t.test('a GGUF head that is a copy of the embedding', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const { keys, tensors } = tinyLlama();
  const [embedding] = tensors;
  const head = (data: Uint8Array): TensorSpec => ({ ...embedding, name: 'output.weight', data });
  writeFileSync(path, writeGguf({ keys, tensors: [...tensors, head(embedding.data)] }).bytes);
  t.equal((await openModel(path)).tensors.length, tensors.length);
  const other = Uint8Array.from(embedding.data, (byte, i) => (i === 4 ? byte ^ 1 : byte));
  writeFileSync(path, writeGguf({ keys, tensors: [...tensors, head(other)] }).bytes);
  t.equal((await openModel(path)).tensors.length, tensors.length + 1);
});

t.test("errors call a folder's tensors as the folder does", async (t) => {
  const checkpoint = new Checkpoint(t, 'reference/checkpoints/smollm2');
  const message = async (): Promise<string> => {
    try {
      await checkpoint.open();
      return 'it opened';
    } catch (error) {
      if (!(error instanceof KingletError)) throw error;
      return error.message;
    }
  };
  const norm = 'model.layers.1.input_layernorm.weight';
  checkpoint.tensors((all) => all.delete(norm));
  t.match(await message(), new RegExp(`has no tensor "${norm}"`));
  checkpoint.tensors((all) => all.set(norm, all.get('model.norm.weight')!));
  // The addon's errors, too: an infinite weight in bfloat16.
  checkpoint.tensors((all) => {
    const [entry, bytes] = all.get('model.layers.2.mlp.up_proj.weight')!;
    const changed = Buffer.from(bytes);
    changed.writeUInt16LE(0x7f80, 200);
    all.set('model.layers.2.mlp.up_proj.weight', [entry, changed]);
  });
  const source = await checkpoint.open();
  t.throws(() => logits(source), {
    code: 'file_malformed',
    message: /tensor model.layers.2.mlp.up_proj.weight: rows .* infinite or no numbers/,
  });
});

t.test('ids that nothing needs', async (t) => {
  await t.test('of a folder', async (t) => {
    const checkpoint = new Checkpoint(t, 'reference/checkpoints/smollm2');
    const { warnings: _, ...tokenizer } = (await checkpoint.open()).readTokenizer();
    checkpoint.edit('config.json', {
      pad_token_id: -1,
      bos_token_id: 99999,
      eos_token_id: [380, 384, -1],
    });
    const { warnings, ...changed } = (await checkpoint.open()).readTokenizer();
    t.strictSame(changed, tokenizer);
    t.match(warnings, [/eos_token_id 384 is ignored: the model has tokens 0 to 383/]);
    t.equal(warnings.length, 1);
    checkpoint.edit('config.json', { eos_token_id: Array.from({ length: 384 }, (_, i) => i) });
    t.equal((await checkpoint.open()).readTokenizer().eosIds.length, 384, 'many, but not too many');
  });
  await t.test('of a GGUF file', async (t) => {
    const path = join(t.testdir(), 'model.gguf');
    const open = async (keys: Record<string, Value | null>): Promise<TokenizerSource> => {
      writeFileSync(path, writeGguf(tinyLlama(keys)).bytes);
      return (await openModel(path)).readTokenizer();
    };
    const key = (name: string): string => `tokenizer.ggml.${name}_token_id`;
    for (const name of ['padding', 'bos', 'unknown', 'seperator', 'mask', 'cls', 'eos', 'eot']) {
      for (const none of [{ u32: 0xffff_ffff }, { i32: -1 }]) {
        const tokenizer = await open({ [key(name)]: none });
        t.match(tokenizer, { bosId: null, padId: null, eosIds: [3] });
        t.strictSame(tokenizer.warnings, []);
      }
      const tokenizer = await open({ [key(name)]: { u32: 4 } });
      t.match(tokenizer, { bosId: null, padId: null, eosIds: [3] });
      t.match(tokenizer.warnings, [new RegExp(`key ${key(name)} 4 is ignored: .* tokens 0 to 3`)]);
    }
    const endless = await open({
      'tokenizer.ggml.tokens': { strings: ['a', 'b', 'ab', 'c'] },
      [key('eos')]: { u32: 77 },
    });
    t.strictSame(endless.eosIds, []);
    t.match(endless.warnings, [/eos_token_id 77 is ignored/, /no token ends an answer/]);
  });
});

t.test('more ends of an answer than can be meant', async (t) => {
  const ids = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  t.equal(checkedEndIds('config.json', [...ids(1024), ...ids(1024)], []).length, 1024);
  t.throws(() => checkedEndIds('config.json', ids(1025), []), {
    code: 'file_malformed',
    message: /config.json: names 1025 tokens that end an answer: at most 1024/,
  });
});

t.test('ends of an answer whatever type a converter gave them', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const ends = [
    '<|eot_id|>',
    '<|eom_id|>',
    '<|im_end|>',
    '<|end_of_text|>',
    '<|endoftext|>',
    '<|end|>',
    '<end_of_turn>',
    '<end_of_utterance>',
    '<|return|>',
    '<|call|>',
    '[EOS]',
  ];
  for (const end of ends) {
    for (const type of [1, 2, 3, 4, 5, null]) {
      const tokens = ['a', 'b', 'ab', end];
      const types = {
        'tokenizer.ggml.token_type': type === null ? null : { i32s: [1, 1, 1, type] },
      };
      const keys = { 'tokenizer.ggml.tokens': { strings: tokens }, ...types };
      writeFileSync(path, writeGguf(tinyLlama(keys)).bytes);
      const tokenizer = (await openModel(path)).readTokenizer();
      t.strictSame(tokenizer.eosIds, [3], `${end} of type ${type}`);
      const { added_tokens: added } = tokenizer.document as { added_tokens: Json[] };
      t.match(added, [{ id: 3, content: end, special: true }]);
      t.equal(added.length, 1);
    }
  }
});

t.test('a GGUF file without a pre-tokenizer says so', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  writeFileSync(path, writeGguf(tinyLlama({ 'tokenizer.ggml.pre': null })).bytes);
  t.match((await openModel(path)).readTokenizer().warnings, [
    /has no key tokenizer.ggml.pre: .* tokens may differ/,
  ]);
  writeFileSync(path, writeGguf(tinyLlama({ 'tokenizer.ggml.pre': { string: 'default' } })).bytes);
  t.strictSame((await openModel(path)).readTokenizer().warnings, []);
});
