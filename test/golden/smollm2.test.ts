/** A real model, SmolLM2-135M-Instruct Q4_1, against transformers. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { openModel } from '../../src/model/open-model.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.js';
import { REFERENCE, logSoftmax } from '../support/reference.js';
import { realModelPath } from '../support/real-model.js';
import { ModelRunner } from '../support/run-model.js';
import { readSafetensors } from '../support/safetensors.js';
import { encodeText } from '../support/encode.js';
import { testedIsas } from '../support/tested-isas.js';

const path = realModelPath();
const folder = new URL('smollm2-135m/', REFERENCE);
const skip = path === null ? 'the model is not here: no package registry gave it' : false;
const quick = process.env['KINGLET_TEST_QUICK'] === '1';

interface Chat {
  readonly prompt_ids: number[];
  readonly greedy_ids: number[];
  readonly margins: number[];
}

t.test('log-probabilities of a passage', { skip }, async (t) => {
  const source = await openModel(path!);
  const tensors = readSafetensors(new URL('expected.safetensors', folder));
  const inputIds = tensors['input_ids']!.data as Int32Array;
  const topIds = tensors['top_ids']!.data as Int32Array;
  const topLogprobs = tensors['top_logprobs']!.data as Float32Array;
  const kept = tensors['top_ids']!.shape[1]!;

  /** KL over the kept tokens, the rest as one more outcome. */
  function passageKl(logits: Float32Array, vocab: number): number {
    let total = 0;
    for (let row = 0; row < inputIds.length; row++) {
      const ours = logSoftmax(logits.subarray(row * vocab, (row + 1) * vocab));
      let restExpected = 1;
      let restOurs = 1;
      for (let k = 0; k < kept; k++) {
        const expected = topLogprobs[row * kept + k]!;
        const actual = ours[topIds[row * kept + k]!]!;
        total += Math.exp(expected) * (expected - actual);
        restExpected -= Math.exp(expected);
        restOurs -= Math.exp(actual);
      }
      if (restExpected > 1e-9) {
        total += restExpected * (Math.log(restExpected) - Math.log(Math.max(restOurs, 1e-12)));
      }
    }
    return total / inputIds.length;
  }

  const isas = testedIsas(loadAddon());
  for (const [compute, kvCacheType, bound] of [
    ['auto', 'f16', 5e-3],
    ['auto', 'q8', 6e-3],
    ['float', 'f16', 1e-5],
  ] as const) {
    // Scalar floats over the whole passage take a minute and say nothing that the tiny cases don't.
    for (const isa of isas.filter((isa) => isa !== 'scalar')) {
      const runner = new ModelRunner(loadAddon(), source, { compute, kvCacheType, isa });
      const kl = passageKl(runner.run(inputIds, 0), runner.vocab);
      t.ok(kl <= bound, `${runner.model.info.isa}, ${compute}, KV in ${kvCacheType}: mean KL ${kl.toExponential(2)}`);
      runner.close();
    }
  }
});

/** Mean KL of the rows' distributions, over the whole vocabulary. */
function meanKl(expected: Float32Array, actual: Float32Array, vocab: number): number {
  const rows = expected.length / vocab;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const p = logSoftmax(expected.subarray(row * vocab, (row + 1) * vocab));
    const q = logSoftmax(actual.subarray(row * vocab, (row + 1) * vocab));
    for (const [id, logprob] of p.entries()) total += Math.exp(logprob) * (logprob - q[id]!);
  }
  return total / rows;
}

// Most of this is the rounding of activations, which any last bit sets off: two instruction sets
// with the same KV are 3.2e-3 apart.
t.test('KV in 8 bits beside KV in halves', { skip }, async (t) => {
  const source = await openModel(path!);
  const inputIds = readSafetensors(new URL('expected.safetensors', folder))['input_ids']!;
  const isas = testedIsas(loadAddon());
  for (const isa of isas.filter((isa) => isa !== 'scalar')) {
    const [halves, bytes] = (['f16', 'q8'] as const).map((kvCacheType) => {
      const runner = new ModelRunner(loadAddon(), source, { kvCacheType, isa });
      const logits = runner.run(inputIds.data, 0);
      runner.close();
      return logits;
    });
    const kl = meanKl(halves!, bytes!, source.spec.vocabSize);
    t.ok(kl > 0 && kl <= 9e-3, `${isa}: mean KL ${kl.toExponential(2)}`);
  }
});

t.test('greedy answers', { skip: skip || quick }, async (t) => {
  const source = await openModel(path!);
  const chats = JSON.parse(readFileSync(new URL('chats.json', folder), 'utf8')) as Chat[];
  const steps = chats.reduce((sum, chat) => sum + chat.greedy_ids.length, 0);
  // A step counts where the second best token is so far behind that rounding can't prefer it.
  for (const [compute, kvCacheType, margin, least] of [
    ['auto', 'f16', 1, 50],
    ['auto', 'q8', 1, 50],
    ['float', 'f16', 0, steps],
  ] as const) {
    let compared = 0;
    const runner = new ModelRunner(loadAddon(), source, { compute, kvCacheType });
    for (const [index, chat] of chats.entries()) {
      const ids = runner.greedy(chat.prompt_ids, chat.greedy_ids.length);
      const close = chat.margins.findIndex((m) => m < margin);
      const certain = close < 0 ? chat.greedy_ids.length : close;
      t.same(ids.slice(0, certain), chat.greedy_ids.slice(0, certain), `${compute}, ${kvCacheType}: chat ${index} for ${certain} steps`);
      compared += certain;
    }
    t.ok(compared >= least, `${compute}, ${kvCacheType}: ${compared} of ${steps} steps were compared`);
    runner.close();
  }
});

t.test('token ids of hard texts', { skip }, async (t) => {
  const tokenizer = await loadTokenizer((await openModel(path!)).readTokenizer());
  const texts = JSON.parse(readFileSync(new URL('texts.json', folder), 'utf8')) as {
    text: string;
    ids: number[];
    ids_plain?: number[];
    decoded: string;
  }[];
  // The texts hold line separators, which the names of assertions cannot.
  for (const [index, { text, ids, ids_plain: plain, decoded }] of texts.entries()) {
    t.same([...encodeText(tokenizer, text, 'parse')], ids, `text ${index}`);
    t.same([...encodeText(tokenizer, text, 'plain')], plain ?? ids, `text ${index}, plain`);
    t.ok(tokenizer.decode(ids) === decoded, `text ${index}, decoded`);
  }
});

const promised = process.env['KINGLET_TEST_MODEL'];
t.test(
  'the model is there when the run promised it',
  { skip: promised === undefined && 'no model was promised' },
  async (t) => {
    t.ok(existsSync(promised!));
  },
);
