import t from 'tap';
import {
  MAX_PATTERN_TOKENS,
  RepetitionWatch,
  type RepetitionLimits,
} from '../../../../src/engine/control/repetition-watch.js';
import { randomSource } from '../../../support/random.js';

const LIMITS: RepetitionLimits = {
  maxPatternSize: MAX_PATTERN_TOKENS,
  minPatternSize: 1,
  minCount: 4,
  minTokens: 256,
};

/** The token count at which the watch says stop; null: never. */
function stopsAt(tokens: readonly number[], limits: Partial<RepetitionLimits> = {}): number | null {
  const watch = new RepetitionWatch({ ...LIMITS, ...limits });
  const index = tokens.findIndex((token) => watch.push(token));
  return index < 0 ? null : index + 1;
}

/** The same, looking at the whole text for every token. */
function stopsAtPlainly(tokens: readonly number[], limits: RepetitionLimits): number | null {
  for (let end = 1; end <= tokens.length; end++) {
    for (let size = limits.minPatternSize; size <= limits.maxPatternSize; size++) {
      const needed = Math.max(limits.minCount * size, limits.minTokens);
      if (needed > end) continue;
      let same = true;
      for (let i = end - needed + size; i < end && same; i++) same = tokens[i] === tokens[i - size];
      if (same && needed > size) return end;
    }
  }
  return null;
}

t.test('as looking at the whole text does', (t) => {
  const random = randomSource(7);
  let stopped = 0;
  for (let round = 0; round < 400; round++) {
    const limits = {
      maxPatternSize: 1 + Math.floor(random() * 9),
      minPatternSize: 1,
      minCount: 2 + Math.floor(random() * 3),
      minTokens: Math.floor(random() * 30),
    };
    limits.minPatternSize = 1 + Math.floor(random() * limits.maxPatternSize);
    const letters = 1 + Math.floor(random() * 4);
    const tokens: number[] = [];
    const pattern = Array.from({ length: 1 + Math.floor(random() * 9) }, () =>
      Math.floor(random() * letters),
    );
    for (let i = 0; i < 120; i++) {
      tokens.push(random() < 0.05 ? Math.floor(random() * letters) : pattern[i % pattern.length]!);
    }
    const expected = stopsAtPlainly(tokens, limits);
    if (expected !== null) stopped++;
    t.equal(stopsAt(tokens, limits), expected, JSON.stringify({ limits, tokens }));
  }
  t.ok(stopped > 50 && stopped < 400, `${stopped} texts were stuck`);
  t.end();
});

t.test('patterns of every size, behind a beginning of any length', (t) => {
  for (const size of [1, 2, 3, 31, 64, 100, 511, 512]) {
    for (const before of [0, 1, 700, 4000, 4095, 4096, 5000]) {
      const start = Array.from({ length: before }, (_, i) => 1_000_000 + i);
      const loop = Array.from({ length: 8 * size + 300 }, (_, i) => i % size);
      t.equal(
        stopsAt([...start, ...loop]),
        before + Math.max(4 * size, 256),
        `${size} behind ${before}`,
      );
    }
  }
  const longer = Array.from({ length: 6000 }, (_, i) => i % (MAX_PATTERN_TOKENS + 1));
  t.equal(stopsAt(longer), null, 'longer ones are not looked for');
  t.end();
});

t.test('a token costs the same whatever the text', (t) => {
  const watch = new RepetitionWatch({ ...LIMITS, minTokens: 1_000_000 });
  for (let i = 0; i < 20_000; i++) watch.push(i % 7);
  t.pass('and its history stays as it is');
  t.end();
});
