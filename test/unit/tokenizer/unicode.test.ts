/** The generated tables, on every code point, as Hugging Face's library has them. */
import t from 'tap';
import { Normalizer, readNormalizer, shrinkage } from '../../../src/tokenizer/normalizer.js';
import { parsePattern } from '../../../src/tokenizer/pattern/parse-pattern.js';
import {
  CODE_POINTS,
  complement,
  has,
  membership,
  range,
  union,
} from '../../../src/tokenizer/unicode/code-point-set.js';
import {
  numeric,
  punctuation,
  WHITE_SPACE,
  wordsOfAddedTokens,
} from '../../../src/tokenizer/unicode/properties.js';
import { WorkMeter } from '../../../src/tokenizer/work-meter.js';
import { BREAK, libraryClass, libraryNormalizer } from '../../support/oracle.js';
import { randomSource } from '../../support/random.js';
import { cpuMs } from '../../support/cpu-time.js';

t.setTimeout(180_000);

const isSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xe000;

function differences(ours: Uint8Array, theirs: Uint8Array): string[] {
  const codes: string[] = [];
  for (let code = 0; code < CODE_POINTS; code++) {
    // No text in UTF-8 has them.
    if (!isSurrogate(code) && ours[code] !== theirs[code]) codes.push(code.toString(16));
  }
  return codes;
}

t.test('classes of patterns', (t) => {
  const patterns = ['\\p{L}', '\\p{Lu}', '\\p{Ll}', '\\p{Lt}', '\\p{Lm}', '\\p{Lo}', '\\p{M}'];
  patterns.push('\\p{N}', '\\p{P}', '\\p{S}', '\\s', '\\d', '\\w', "(?i:s|k|i|'|[dm])");
  patterns.push('[^\\r\\n\\p{L}\\p{^N}\\P{M}一-龥]');
  for (const pattern of patterns) {
    const node = parsePattern(pattern);
    const sets = node.kind === 'choice' ? node.parts : [node];
    const set = union(...sets.map((one) => (one.kind === 'set' ? one.set : [])));
    t.same(
      differences(membership(set, CODE_POINTS), libraryClass({ regex: pattern })),
      [],
      pattern,
    );
  }
  t.end();
});

t.test('classes of pre-tokenizers and of added tokens', (t) => {
  const of = (set: readonly number[]) => membership(set, CODE_POINTS);
  const rows: [string, Uint8Array, Uint8Array][] = [
    ['Digits', of(numeric()), libraryClass({ type: 'Digits', individual_digits: true })],
    ['Punctuation', of(punctuation()), libraryClass({ type: 'Punctuation', behavior: 'Isolated' })],
    ['WhitespaceSplit', of(WHITE_SPACE), libraryClass({ type: 'WhitespaceSplit' })],
    ['words', of(wordsOfAddedTokens()), libraryClass(BREAK)],
  ];
  for (const [name, ours, theirs] of rows) t.same(differences(ours, theirs), [], name);
  t.end();
});

const FORMS = ['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents'];

t.test('normalizers: every code point, and marks in any order', (t) => {
  const marks = ['\u0301', '\u0316', '\u0323', '\u0334', '\u0345', '\u093c', '\u3099', '\u1161'];
  marks.push('\u11a8', '\u05b0', '\u{1d165}', '\u0327', 'a', 'E', '\uac00', '\u1100', '\u0344');
  for (const type of FORMS) {
    const library = libraryNormalizer({ type });
    const normalizer = new Normalizer(readNormalizer({ type }), new WorkMeter());
    const random = randomSource(3);
    const different: string[] = [];
    let text = '';
    const compare = (): void => {
      if (normalizer.apply(text) !== library(text)) different.push(JSON.stringify(text));
      text = '';
    };
    for (let code = 0; code < CODE_POINTS; code++) {
      if (isSurrogate(code)) continue;
      // Most code points alone, those with a role to play among marks.
      text += String.fromCodePoint(code);
      if (code < 0x30000 || code % 64 === 0) {
        for (let i = Math.floor(random() * 4); i > 0; i--) {
          text += marks[Math.floor(random() * marks.length)];
        }
      }
      if (random() < 0.2) compare();
    }
    compare();
    t.same(different, [], type);
  }
  t.end();
});

t.test('normalizers: how much shorter a text may become', (t) => {
  // What becomes the same as a code point, and is longest in UTF-8.
  for (const type of FORMS.slice(0, 5)) {
    const normalizer = new Normalizer(readNormalizer({ type }), new WorkMeter());
    const bytes = (text: string): number => Buffer.byteLength(text);
    // Capitals don't compose.
    const nfd = (text: string): string => (type === 'Lowercase' ? text : text.normalize('NFD'));
    const longest = new Map<string, number>();
    for (let code = 0; code < 0x30000; code++) {
      if (isSurrogate(code)) continue;
      const text = String.fromCodePoint(code);
      // The longest source of each piece of one code point...
      const form = nfd(normalizer.apply(text));
      longest.set(form, Math.max(longest.get(form) ?? 0, bytes(text)));
    }
    let ratio = 1;
    for (let code = 0; code < 0x30000; code++) {
      if (isSurrogate(code)) continue;
      const text = normalizer.apply(String.fromCodePoint(code));
      // ... put together to what composes to one.
      const parts = [...nfd(text)].map((part) => longest.get(part) ?? bytes(part));
      const whole = parts.reduce((sum, part) => sum + part, 0);
      ratio = Math.max(ratio, whole / bytes(text));
    }
    const bound = shrinkage(readNormalizer({ type }));
    t.ok(ratio <= bound, `${type}: ${ratio} of ${bound}`);
  }
  t.equal(shrinkage(['NFC', 'StripAccents']), Infinity);
  t.equal(shrinkage([]), 1);
  t.end();
});

t.test('normal forms take time linear in the marks of a row', (t) => {
  const text = `a${'\u0301\u0316'.repeat(200_000)}`;
  const normalizer = new Normalizer(['NFC'], new WorkMeter());
  let form = '';
  const ms = cpuMs(() => (form = normalizer.apply(text)));
  t.ok(ms < 2000, `${ms} ms, where String.prototype.normalize takes a minute`);
  t.equal(form, `\u00e1${'\u0316'.repeat(200_000)}${'\u0301'.repeat(199_999)}`);
  t.end();
});

t.test('sets', (t) => {
  const set = union(range(5, 9), range(20, 20), range(0x10fff0, 0x10ffff));
  t.same(set, [5, 10, 20, 21, 0x10fff0]);
  t.same(complement(set), [0, 5, 10, 20, 21, 0x10fff0]);
  t.same(complement(complement(set)), set);
  t.same(
    [4, 5, 9, 10, 20, 21, 0x10ffff].map((code) => has(set, code)),
    [...[false, true, true, false, true, false, true]],
  );
  t.same(union(range(1, 4), range(5, 8), range(3, 6)), [1, 9]);
  t.end();
});
