/** Windows, perplexity, and distances of distributions. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { evaluatePerplexity } from '../../../src/eval/evaluate-text.js';
import { divergence } from '../../../src/eval/likelihood/divergence.js';
import { windowsOf } from '../../../src/eval/likelihood/windows.js';
import { perplexityReport } from '../../../src/eval/report/text-report.js';
import { summarizeKl } from '../../../src/eval/summary/text-summary.js';
import { KingletError } from '../../../src/errors.js';
import { fakeTarget } from '../../support/fake-target.js';

t.test('every token is scored once, with a stride less than a window before it', async (t) => {
  for (const first of [0, 1] as const) {
    for (const [tokens, size, stride] of [
      [10, 10, 5],
      [11, 10, 5],
      [100, 10, 5],
      [101, 16, 3],
      [37, 8, 8],
      [2, 512, 256],
      [9, 2, 1],
    ] as const) {
      const windows = windowsOf(tokens, size, stride, first);
      const scored = windows.flatMap(({ scoredFrom, end }) =>
        Array.from({ length: end - scoredFrom }, (_, i) => scoredFrom + i),
      );
      const name = `${tokens} tokens, ${size} every ${stride}, from ${first}`;
      t.strictSame(
        scored,
        Array.from({ length: tokens - first }, (_, i) => i + first),
        name,
      );
      for (const { begin, end, scoredFrom } of windows) {
        if (end - begin > size || begin > scoredFrom) t.fail(`${name}: ${begin} to ${end}`);
        if (begin > 0 && scoredFrom - begin < size - stride) t.fail(`${name}: little before it`);
      }
    }
    t.strictSame(windowsOf(first, 8, 4, first), []);
  }
});

/** A server whose tokens are characters: an id is its code, and it costs as much as its place says. */
function characterServer(bos: boolean, contextLength = 8) {
  return fakeTarget((body, path) => {
    if (path === '/tokenize') {
      const ids = Array.from(body['prompt'] as string, (character) => character.charCodeAt(0));
      const tokens = bos && body['add_special_tokens'] === true ? [1, ...ids] : ids;
      return { tokens, count: tokens.length, max_model_len: contextLength };
    }
    const [ids] = body['prompt'] as number[][];
    return {
      choices: [
        {
          index: 0,
          logprobs: { token_logprobs: ids!.map((id, i) => (i === 0 ? null : -(id - 96) / 4)) },
        },
      ],
    };
  });
}

for (const bos of [false, true]) {
  t.test(`perplexity, ${bos ? 'with' : 'without'} BOS`, async (t) => {
    const folder = t.testdir({});
    const file = join(folder, 'text.txt');
    writeFileSync(file, 'abcdabcdabcd');
    const target = characterServer(bos);
    const session = {
      output: join(folder, 'out.jsonl'),
      onOpen: () => undefined,
      onProgress: () => undefined,
      meter: () => null,
    };
    const options = { file, window: null, stride: null, concurrency: null };
    const outcome = await evaluatePerplexity(options, session, async () => target);
    // Three times 1 to 4 quarters; without BOS the first a has no score.
    const nll = (3 * 10 - (bos ? 0 : 1)) / 4;
    const tokens = bos ? 12 : 11;
    t.match(outcome.summary, { tokens, window: 8, stride: bos ? 3 : 4, model: 'fake' });
    t.ok(Math.abs(outcome.summary.perplexity - Math.exp(nll / tokens)) < 1e-12);
    t.ok(Math.abs(outcome.summary.bitsPerByte - nll / Math.LN2 / 12) < 1e-12);
    const sent = target.asked.filter(({ path }) => path === '/v1/completions');
    for (const { body } of sent) {
      const [ids = []] = body['prompt'] as number[][];
      t.ok(ids.length <= 8);
      t.equal(ids[0] === 1, bos, 'every window begins with it');
    }
    t.match(perplexityReport(outcome), /^windows +8 tokens, every [34]$/m);
    const again = characterServer(bos);
    t.strictSame(await evaluatePerplexity(options, session, async () => again), outcome);
    t.ok(again.asked.every(({ path }) => path === '/tokenize'));
    t.equal(readFileSync(session.output, 'utf8').trimEnd().split('\n').length, 1 + sent.length);
  });
}

t.test('texts and windows that give nothing', async (t) => {
  const folder = t.testdir({});
  const run = (
    text: string,
    window: number | null,
    stride: number | null,
    target = characterServer(false),
  ) => {
    const file = join(folder, 'text.txt');
    writeFileSync(file, text);
    const session = {
      output: join(folder, 'o.jsonl'),
      onOpen: () => undefined,
      onProgress: () => undefined,
    };
    return evaluatePerplexity(
      { file, window, stride, concurrency: null },
      session,
      async () => target,
    );
  };
  await t.rejects(run('', null, null), { code: 'file_malformed' });
  await t.rejects(run('a', null, null), { code: 'file_malformed', message: /no two tokens/ });
  await t.rejects(run('abc', 8, 9), { code: 'invalid_flag', message: /--window 8 and --stride 9/ });
  await t.rejects(run('abc', 1, null), { code: 'invalid_flag' });
  const without = fakeTarget(() => {
    throw new KingletError('not_found', 'Nothing here.');
  });
  await t.rejects(run('abc', null, null, without), {
    code: 'not_found',
    message: /vLLM and Kinglet/,
  });
});

t.test('KL(P||Q)', async (t) => {
  // P = (1/2, 1/4, 1/4), Q = (1/4, 1/4, 1/2): KL = 1/2 ln 2 - 1/4 ln 2. Logits have any shift.
  const p = Float32Array.of(Math.log(0.5) + 7, Math.log(0.25) + 7, Math.log(0.25) + 7);
  const q = Float32Array.of(Math.log(0.25), Math.log(0.25), Math.log(0.5));
  const one = divergence(p, q, 0);
  t.ok(Math.abs(one.kl - Math.LN2 / 4) < 1e-6, `${one.kl}`);
  t.equal(one.agree, false);
  t.ok(Math.abs(one.nll[0] - Math.LN2) < 1e-6 && Math.abs(one.nll[1] - 2 * Math.LN2) < 1e-6);
  t.match(divergence(p, p, 1), { kl: 0, agree: true });
  // Not the same the other way round.
  const [sharp, flat] = [Float32Array.of(5, 0), Float32Array.of(0, 0)];
  t.not(divergence(sharp, flat, 0).kl.toFixed(3), divergence(flat, sharp, 0).kl.toFixed(3));
  t.ok(
    divergence(Float32Array.of(900, -900), Float32Array.of(-900, 900), 0).kl > 1000,
    'no overflow',
  );
  for (const wrong of [NaN, Infinity, -Infinity]) {
    t.throws(() => divergence(Float32Array.of(0, wrong), q.subarray(0, 2), 1), {
      code: 'not_finite',
    });
    t.throws(() => divergence(q.subarray(0, 2), Float32Array.of(wrong, 0), 0), {
      code: 'not_finite',
    });
  }
});

t.test('what divergences come to', async (t) => {
  const elapsed = { seconds: 2, joules: null };
  const kl = Array.from({ length: 100 }, (_, i) => (i + 1) / 100);
  const summary = summarizeKl([
    { index: 0, elapsed, kl: kl.slice(0, 60), agreed: 50, nll: [60, 120] },
    {
      index: 1,
      elapsed: { seconds: 3, joules: null },
      kl: kl.slice(60).reverse(),
      agreed: 40,
      nll: [40, 80],
    },
  ]);
  t.match(summary, {
    tokens: 100,
    median: 0.5,
    p99: 0.99,
    largest: 1,
    topOneAgreement: 0.9,
    seconds: 3,
  });
  t.ok(Math.abs(summary.kl!.mean - 0.505) < 1e-12);
  t.ok(summary.kl!.low > 0.44 && summary.kl!.high < 0.57);
  t.ok(Math.abs(summary.referencePerplexity - Math.E) < 1e-12);
  t.ok(Math.abs(summary.perplexity - Math.E ** 2) < 1e-12);
});
