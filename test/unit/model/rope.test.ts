/** RoPE's frequencies against transformers' own (test/golden/generate/rope.py). */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { readHuggingFaceConfig } from '../../../src/model/huggingface/config.js';
import { JsonObject } from '../../../src/model/huggingface/json.js';
import { scaledContext, yarnMagnitude } from '../../../src/model/rope.js';
import { GOLDEN } from '../../support/reference.js';

interface RopeCase {
  readonly head_dim: number;
  readonly max_position_embeddings: number;
  readonly rope_parameters: { readonly rope_type: string };
  readonly inverse_frequencies: readonly number[];
  readonly magnitude: number;
}

const CASES = JSON.parse(
  readFileSync(new URL('generated/rope.json', GOLDEN), 'utf8'),
) as RopeCase[];

/** A configuration of transformers 5 (`rope_parameters`) or 4 (`rope_theta`, `rope_scaling`). */
function configOf(rope: RopeCase, version: 4 | 5): JsonObject {
  const { rope_theta: theta, ...scaling } = rope.rope_parameters as Record<string, unknown>;
  const { rope_type: type, ...older } = scaling;
  return new JsonObject('config.json', {
    model_type: 'llama',
    hidden_size: 4 * rope.head_dim,
    intermediate_size: 64,
    num_attention_heads: 4,
    num_hidden_layers: 1,
    vocab_size: 16,
    max_position_embeddings: rope.max_position_embeddings,
    ...(version === 5
      ? { rope_parameters: rope.rope_parameters }
      : { rope_theta: theta, rope_scaling: type === 'default' ? null : { type, ...older } }),
  });
}

t.test("transformers' frequencies", async (t) => {
  for (const rope of CASES) {
    const label = JSON.stringify(rope.rope_parameters);
    for (const version of [4, 5] as const) {
      const { spec } = readHuggingFaceConfig(configOf(rope, version));
      const ours = spec.rope.inverseFrequencies;
      t.equal(ours.length, rope.inverse_frequencies.length);
      const worst = Math.max(
        ...rope.inverse_frequencies.map((theirs, i) => Math.abs(ours[i]! / theirs - 1)),
      );
      // Three units of float32: torch and Node round other steps of the formula.
      t.ok(worst <= 3.6e-7, `${label}, version ${version}: off by ${worst}`);
      t.ok(Math.abs(spec.rope.magnitude - rope.magnitude) < 1e-9, `${label}: magnitude`);
    }
  }
});

t.test('served context', async (t) => {
  const yarn = {
    type: 'yarn',
    factor: 4,
    originalContext: 32768,
    betaFast: 32,
    betaSlow: 1,
    truncate: true,
    magnitude: 1,
  } as const;
  t.equal(scaledContext(2048, { type: 'default' }), 2048);
  t.equal(scaledContext(2048, { type: 'linear', factor: 2.5 }), 5120);
  t.equal(scaledContext(40960, yarn), 131072, 'YaRN stretches the original context');
  t.equal(scaledContext(131072, yarn), 131072, 'one that is given whole stays');
});

t.test("YaRN's magnitude", async (t) => {
  t.equal(yarnMagnitude(1), 1);
  t.equal(yarnMagnitude(4), 0.1 * Math.log(4) + 1);
  t.equal(yarnMagnitude(40, 1, 1), 1);
  t.equal(yarnMagnitude(40, 0, 1), 0.1 * Math.log(40) + 1, 'one alone is not looked at');
});
