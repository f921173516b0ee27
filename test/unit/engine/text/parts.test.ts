import t from 'tap';
import { HeldText } from '../../../../src/engine/text/held-text.js';
import { PrefixMatcher } from '../../../../src/engine/text/prefix-matcher.js';
import { bannedIds, finishAt, type StopRules } from '../../../../src/engine/text/stop-rules.js';
import { ThoughtText } from '../../../../src/engine/text/thought-text.js';
import { Utf8Stream } from '../../../../src/engine/text/utf8-stream.js';
import { randomSource } from '../../../support/random.js';

t.test('Utf8Stream: any cut decodes as the whole, and never inside a character', async (t) => {
  const random = randomSource(3);
  const valid = Buffer.from('some words, aé漢🙂\ufeff\u0301👩‍👩‍👧');
  for (let round = 0; round < 3000; round++) {
    const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 24) }, () =>
      random() < 0.6
        ? valid[Math.floor(random() * valid.length)]!
        : [0xc0, 0xe0, 0xed, 0xa0, 0xf0, 0xf4, 0x90, 0x80, 0xff, 0x41][Math.floor(random() * 10)]!,
    );
    const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    const stream = new Utf8Stream();
    let text = '';
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(at + 1 + Math.floor(random() * 4), bytes.length);
      const piece =
        random() < 0.5 ? stream.push(bytes, at, end) : stream.push(bytes.subarray(at, end));
      if (/\p{Surrogate}/u.test(piece)) t.fail('half a character');
      text += piece;
      at = end;
    }
    text += stream.flush();
    if (text !== whole) t.equal(text, whole, Buffer.from(bytes).toString('hex'));
  }
  const stream = new Utf8Stream();
  t.equal(stream.push(Uint8Array.of(0xf0, 0x9f)), '');
  t.equal(stream.push(Uint8Array.of(0x99, 0x82, 0x41)), '🙂A');
  t.equal(stream.push(Uint8Array.of(0xe6)), '');
  t.equal(stream.flush(), '\ufffd');
  t.equal(stream.push(Uint8Array.of(0x42)), 'B', 'used again after the flush');
});

t.test('PrefixMatcher: the longest suffix that begins the pattern', async (t) => {
  let wrong = 0;
  const random = randomSource(4);
  const letters = (length: number): string =>
    Array.from({ length }, () => 'ab'[Math.floor(random() * 2)]).join('');
  for (let round = 0; round < 2000; round++) {
    const pattern = letters(1 + Math.floor(random() * 6));
    const text = letters(30);
    const matcher = new PrefixMatcher(pattern);
    for (let i = 0; i < text.length; i++) {
      const complete = matcher.push(text.charCodeAt(i));
      const seen = text.slice(0, i + 1);
      let longest = 0;
      for (let k = 1; k <= pattern.length; k++) {
        if (seen.endsWith(pattern.slice(0, k))) longest = k;
      }
      if (matcher.matched !== longest || complete !== seen.endsWith(pattern)) {
        wrong++;
        t.fail(`${pattern} in ${seen}: ${matcher.matched}, not ${longest}`);
      }
    }
  }
  t.equal(wrong, 0);
});

t.test('HeldText: what is taken, what is left', async (t) => {
  const held = new HeldText();
  held.append('', false);
  held.append('abc', false);
  held.append('<x>', true);
  held.append('def', false);
  t.equal(held.length, 9);
  t.equal(held.take(0), '');
  t.equal(held.take(2), 'ab');
  t.equal(held.length, 7);
  t.equal(held.take(3), 'c', 'two of the hidden ones');
  t.equal(held.take(2), 'd');
  t.equal(held.length, 2);
  t.equal(held.take(2), 'ef');
  held.append('gh', true);
  held.append('', true);
  held.append('ij', false);
  held.take(2);
  t.same(held.drain(), [{ text: 'ij', hidden: false }], 'nothing empty is kept');
  t.same([held.length, held.drain()], [0, []]);
});

t.test('ThoughtText: the whitespace around it goes, that inside stays', async (t) => {
  const read = (...pieces: string[]): string => {
    const thought = new ThoughtText();
    return pieces.map((piece) => thought.push(piece)).join('|');
  };
  t.equal(read(' \t\n\r', ' a', ' \t\n\r', '\n', 'b \r', 'c\t'), '|a||| \t\n\r\nb| \rc');
  t.equal(read('a b ', ''), 'a b|');
  t.equal(read('\u00a0a\u00a0'), '\u00a0a\u00a0', 'no other');
});

t.test('stop rules', async (t) => {
  const rules: StopRules = {
    eosIds: [2, 3],
    stopTokenIds: [7],
    ignoreEos: false,
    minTokens: 0,
    maxTokens: 10,
  };
  t.match(finishAt(rules, 2, 1), { reason: 'stop', matched: null, repetition: false });
  t.match(finishAt(rules, 7, 1), { reason: 'stop', matched: 7, repetition: false });
  t.equal(finishAt(rules, 5, 9), null);
  t.match(finishAt(rules, 5, 10), { reason: 'length', matched: null, repetition: false });
  t.match(
    finishAt(rules, 3, 10),
    { reason: 'stop', matched: null, repetition: false },
    'both at once: it had ended',
  );
  t.equal(finishAt({ ...rules, ignoreEos: true }, 2, 1), null);
  t.match(finishAt({ ...rules, ignoreEos: true }, 7, 1), {
    reason: 'stop',
    matched: 7,
    repetition: false,
  });

  const patient = { ...rules, minTokens: 3 };
  t.equal(finishAt(patient, 2, 3), null, 'the third token is one of the three');
  t.match(finishAt(patient, 2, 4), { reason: 'stop', matched: null, repetition: false });
  t.same(bannedIds(patient, 2), [2, 3, 7]);
  t.same(bannedIds({ ...patient, ignoreEos: true }, 2), [7]);
  t.same(bannedIds(patient, 3), []);
});
