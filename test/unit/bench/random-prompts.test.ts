import t from 'tap';
import { measurePrompt, randomWords, wordsFor } from '../../../bench/serving/random-prompts.js';

t.test('prompts get the wanted length, and no two are the same', async (t) => {
  for (const [perWord, template] of [
    [1, 12],
    [2.5, 30],
    [0.5, 0],
  ] as const) {
    const tokens = (words: number): number => template + Math.ceil(words * perWord);
    const length = await measurePrompt(128, async (words) => tokens(words));
    t.ok(Math.abs(length.tokens - 128) <= perWord, `${length.tokens} tokens`);
    t.equal(tokens(length.words), length.tokens);
    const long = tokens(wordsFor(8000, length));
    t.ok(Math.abs(long - 8000) < 8000 / 50, `${long} tokens`);
  }
  const prompts = new Set(Array.from({ length: 1000 }, () => randomWords(20)));
  t.equal(prompts.size, 1000);
});

t.test('a template longer than the wanted prompt leaves one word', async (t) => {
  const { words } = await measurePrompt(16, async (count) => 40 + count);
  t.equal(words, 1);
  t.equal(randomWords(words).split(' ').length, 1);
});
