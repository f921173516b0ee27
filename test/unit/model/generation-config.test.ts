/** generation_config.json: all of it is honoured or named, and none of it keeps a model from loading. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readGenerationConfig } from '../../../src/model/huggingface/generation-config.js';
import { JsonObject } from '../../../src/model/huggingface/json.js';
import { openModel } from '../../../src/model/open-model.js';
import { tinyLlama, writeGguf } from './gguf-writer.js';

const VOCAB = 100;
const EOS = [7];

function read(config: Readonly<Record<string, unknown>>): {
  generation: object;
  warnings: string[];
} {
  const warnings: string[] = [];
  const json = JsonObject.parse('generation_config.json', JSON.stringify(config));
  return { generation: readGenerationConfig(json, VOCAB, EOS, warnings), warnings };
}

t.test('what is honoured', (t) => {
  t.strictSame(
    read({
      temperature: 0.6,
      top_p: 0.95,
      top_k: 20,
      min_p: 0.05,
      repetition_penalty: 1.1,
      max_new_tokens: 7,
      min_new_tokens: 2,
      stop_strings: ['x', 'yy'],
      suppress_tokens: [1, 2, 1],
      begin_suppress_tokens: [3],
      bad_words_ids: [[4], [5, 6], [7], [7, 8]],
      sequence_bias: [
        [[9], -2.5],
        [[10, 11], 3],
      ],
      no_repeat_ngram_size: 3,
      eos_token_id: [7],
    }),
    {
      generation: {
        temperature: 0.6,
        topP: 0.95,
        topK: 20,
        minP: 0.05,
        repetitionPenalty: 1.1,
        maxNewTokens: 7,
        minNewTokens: 2,
        stopStrings: ['x', 'yy'],
        // 7 ends an answer: transformers takes it out of the bad words.
        suppressTokens: [1, 2, 4],
        beginSuppressTokens: [3],
        badWords: [
          [5, 6],
          [7, 8],
        ],
        sequenceBias: [
          { ids: [9], bias: -2.5 },
          { ids: [10, 11], bias: 3 },
        ],
        noRepeatNgramSize: 3,
      },
      warnings: [],
    },
  );
  t.strictSame(read({ stop_strings: 'x' }).generation, { stopStrings: ['x'] });
  t.strictSame(read({ top_p: 0, top_k: -1 }), { generation: { topP: 0, topK: 0 }, warnings: [] });
  t.strictSame(read({ do_sample: false, temperature: 0.7 }).generation, { temperature: 0 });
  t.strictSame(read({ do_sample: true, temperature: 0.7 }).generation, { temperature: 0.7 });
  t.match(read({ do_sample: 'no' }), { generation: {}, warnings: [/do_sample "no" is ignored/] });
  t.match(read({ suppress_tokens: [-1, 5, 5] }), {
    generation: { suppressTokens: [5] },
    warnings: [/1 of suppress_tokens are ignored/],
  });
  t.strictSame(read({ do_sample: false }).generation, { temperature: 0 });
  t.end();
});

t.test('what asks for nothing is quiet', (t) => {
  t.strictSame(
    read({
      transformers_version: '4.51.0',
      _from_model_config: true,
      bos_token_id: 1,
      pad_token_id: -1,
      eos_token_id: 7,
      use_cache: true,
      cache_implementation: 'static',
      output_scores: true,
      num_beams: 1,
      num_beam_groups: 1,
      length_penalty: 2,
      typical_p: 1.0,
      epsilon_cutoff: 0,
      guidance_scale: null,
      no_repeat_ngram_size: 0,
      min_new_tokens: null,
      suppress_tokens: [],
      num_return_sequences: 1,
      diversity_penalty: 0.0,
      renormalize_logits: false,
    }),
    { generation: {}, warnings: [] },
  );
  t.end();
});

t.test('what is not built is named', (t) => {
  const unbuilt = {
    typical_p: 0.9,
    epsilon_cutoff: 3e-4,
    eta_cutoff: 1e-3,
    penalty_alpha: 0.6,
    num_beams: 4,
    diversity_penalty: 0.5,
    encoder_repetition_penalty: 1.2,
    guidance_scale: 1.5,
    forced_eos_token_id: 2,
    max_length: 4096,
    num_return_sequences: 2,
    exponential_decay_length_penalty: [10, 1.1],
    watermarking_config: {},
    something_new: 1,
  };
  const { generation, warnings } = read(unbuilt);
  t.strictSame(generation, {});
  t.equal(warnings.length, Object.keys(unbuilt).length);
  for (const [i, key] of Object.keys(unbuilt).entries()) {
    t.match(warnings[i], new RegExp(`^generation_config.json: ${key} .* is not honoured`));
  }
  t.end();
});

t.test('wrong values are ignored and named', (t) => {
  const wrong = {
    temperature: -1,
    top_p: 1.5,
    top_k: 2.5,
    min_p: 'x',
    repetition_penalty: 0,
    max_new_tokens: 0,
    min_new_tokens: -1,
    stop_strings: [''],
    suppress_tokens: '5',
    begin_suppress_tokens: 5,
    bad_words_ids: [[]],
    sequence_bias: [[[1], 1e39]],
    no_repeat_ngram_size: 1.5,
  };
  for (const [key, value] of Object.entries(wrong)) {
    const { generation, warnings } = read({ [key]: value });
    t.strictSame(generation, {}, key);
    t.equal(warnings.length, 1, key);
    t.match(warnings[0], new RegExp(`generation_config.json: ${key} .* is ignored: .* expected`));
  }
  t.end();
});

t.test("a GGUF file's sampling keys", async (t: Test) => {
  const folder = t.testdir();
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'model.gguf');
  const keys = {
    'general.sampling.temp': { f32: 0.5 },
    'general.sampling.top_p': { f32: 0 },
    'general.sampling.top_k': { i32: -1 },
    'general.sampling.min_p': { f32: 2 },
    'general.sampling.mirostat': { i32: 2 },
  } as const;
  writeFileSync(path, writeGguf(tinyLlama(keys)).bytes);
  const { generation, warnings } = (await openModel(path)).readTokenizer();
  t.strictSame(generation, { temperature: 0.5, topP: 0, topK: 0 });
  t.match(warnings, [
    /general.sampling.mirostat 2 is not honoured/,
    /general.sampling.min_p 2 is ignored: 0 to 1 is expected/,
  ]);
});
