/** Every reference checkpoint through HTTP: prompts scored by /v1/completions with echo. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { REFERENCE, logSoftmax, readExpected } from '../support/reference.js';
import { ServerProcess } from '../support/server-process.js';

interface Scored {
  readonly choices: readonly {
    readonly text: string;
    readonly logprobs: {
      readonly tokens: readonly string[];
      readonly token_logprobs: readonly (number | null)[];
      readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
      readonly text_offset: readonly number[];
    };
  }[];
}

const cases = [
  ...readdirSync(new URL('checkpoints/', REFERENCE)).map((name) => ({
    name,
    model: new URL(`checkpoints/${name}/`, REFERENCE),
    expected: new URL(`checkpoints/${name}/expected.safetensors`, REFERENCE),
    bound: 2e-3,
  })),
  ...['mobilellm-r1.F16', 'qwen3.F16'].map((name) => ({
    name,
    model: new URL(`gguf/${name}.gguf`, REFERENCE),
    expected: new URL(`gguf/${name}.expected.safetensors`, REFERENCE),
    bound: 2e-2,
  })),
];

for (const { name, model, expected, bound } of cases) {
  t.test(name, async (t) => {
    const server = await ServerProcess.start(fileURLToPath(model), [
      '--compute',
      name.endsWith('F16') ? 'auto' : 'float',
      '--max-model-len',
      '512',
      '--served-model-name',
      'tiny',
    ]);
    t.teardown(() => server.stop());
    const { inputIds, logits, vocab } = readExpected(expected);
    const response = await fetch(`${server.origin}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'tiny',
        prompt: [...inputIds],
        echo: true,
        logprobs: 3,
        max_tokens: 1,
        temperature: 0,
      }),
    });
    t.equal(response.status, 200);
    const { choices } = (await response.json()) as Scored;
    t.equal(choices.length, 1);
    const choice = choices[0]!;
    const {
      tokens,
      token_logprobs: scores,
      top_logprobs: tops,
      text_offset: offsets,
    } = choice.logprobs;
    t.equal(scores.length, inputIds.length + 1, 'prompt and one generated token');
    t.equal(scores[0], null);
    t.equal(tops[0], null);
    let worst = 0;
    for (const [i, id] of inputIds.entries()) {
      if (i === 0) continue;
      const row = logSoftmax(logits.subarray((i - 1) * vocab, i * vocab));
      worst = Math.max(worst, Math.abs(scores[i]! - row[id]!));
      // Of tokens with one string the likeliest is kept, so that there may be fewer than three.
      const given = Object.values(tops[i]!).sort((a, b) => b - a);
      worst = Math.max(worst, Math.abs(given[0]! - Math.max(...row)));
    }
    t.equal(tokens.length, scores.length);
    // Prompts are random: bytes that are no character stand for nothing that offsets could count.
    const clean = tokens.findIndex((token) => token.includes('\ufffd'));
    t.equal(choice.text.indexOf(tokens.slice(0, clean).join('')), 0, `${clean} tokens`);
    t.strictSame(
      offsets.slice(0, clean),
      tokens.slice(0, clean).map((_, i) => [...tokens.slice(0, i).join('')].length),
    );
    t.equal(offsets.length, tokens.length);
    t.ok(worst < bound, `largest difference of a log-probability: ${worst}`);
    t.equal(await server.stop(), 0);
  });
}
