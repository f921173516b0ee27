import t from 'tap';
import { compileAnswerRegex } from '../../../src/answers/regex-answer.js';
import { KingletError } from '../../../src/errors.js';
import { cpuMs } from '../../support/cpu-time.js';
import { randomSource } from '../../support/random.js';

/** What JavaScript finds. */
function expected(pattern: string, text: string): string | undefined {
  const match = [...text.matchAll(new RegExp(pattern, 'gu'))].at(-1);
  if (match === undefined) return undefined;
  return match.length === 1 ? match[0] : match.slice(1).find((group) => group !== undefined);
}

const GSM8K = '#### (\\-?[0-9\\.\\,]+)';

const FOUND: readonly (readonly [pattern: string, text: string, answer: string | undefined])[] = [
  [GSM8K, 'So\n#### 1,234\n', '1,234'],
  [GSM8K, 'no mark', undefined],
  ['(-?[$0-9.,]{2,})|(-?[0-9]+)', 'a 12 b 5', '5'],
  ['(-?[$0-9.,]{2,})|(-?[0-9]+)', 'a 12 b $5.', '$5.'],
  ['[Aa]nswer is (\\(?[A-D]\\)?)', 'Answer is (A). No: the answer is C', 'C'],
  ['answer: (\\d+)?', 'answer: 5, answer: ', undefined],
  ['\\d+', 'x12y345', '345'],
  ['', 'ab', ''],
  ['$', '', ''],
  ['(?P<number>\\d+)\\Z', '1 22', '22'],
  ['\\A(\\w+)', 'one two', 'one'],
  ['.', '😀😁', '😁'],
  ['[^a]', 'a\u{1f600}', '\u{1f600}'],
  ['.', '\ud800', '\ud800'],
  ['\\p{Lu}+', 'abc ÄB c', 'ÄB'],
  ['\\u{1f600}|\\ud83d\\ude01', '😁😀', '😀'],
  ['a{,2}b', 'aaab', 'aab'],
  ['x{}|y{,}', 'x{} y{,}', 'y{,}'],
  // A turn forgets the groups of the one before; one that takes nothing fails, unless it must be.
  ['(?:(a)|b)+', 'ab', undefined],
  ['(?:(a)|(b))+', 'ab', 'b'],
  ['(?:(|a))+c', 'aac', 'a'],
  ['(?:(|a)){2}c', 'aac', 'a'],
  ['(a*)?c', 'c', undefined],
  ['(a*){1}c', 'c', ''],
  ['[]', 'a', undefined],
  ['[^]', 'a\n', '\n'],
];

/** Needless escapes, and what Python writes. */
const NOT_OF_JAVASCRIPT = /\\[-,AZ]|P<|\{[,}]/;

t.test('the last match, or its first group', async (t) => {
  for (const [pattern, text, answer] of FOUND) {
    if (!NOT_OF_JAVASCRIPT.test(pattern)) t.equal(expected(pattern, text), answer, `JavaScript: ${pattern}`);
    t.equal(compileAnswerRegex(pattern).last(text), answer, `${pattern} in ${text}`);
  }
}); // prettier-ignore

t.test('one expression serves many texts', async (t) => {
  const regex = compileAnswerRegex('(a|b)*c|d');
  for (const text of ['abc', '', 'd', 'xaxbc', 'bbbb', 'abcd']) {
    t.equal(regex.last(text), expected('(a|b)*c|d', text), text);
  }
});

/** What a pattern is made of; an atom and how often it comes. */
function randomPattern(random: () => number, depth: number): string {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  const one = (): string => {
    const kind = random();
    if (depth > 0 && kind < 0.4) {
      return `${pick(['(', '(', '(?:'])}${randomPattern(random, depth - 1)})`;
    }
    return kind < 0.95 ? pick(['a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '\\s', 'aa']) : '';
  };
  const sequence = (): string => {
    let written = '';
    for (let i = Math.floor(random() * 4); i > 0; i--) {
      const atom = one();
      if (atom === '') written += pick(['^', '$', '\\b', '\\B']);
      else written += atom + pick(['', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,}', '{1,2}?', '{0}']); // prettier-ignore
    }
    return written;
  };
  const parts = [sequence()];
  while (random() < 0.3) parts.push(sequence());
  return parts.join('|');
}

t.test("finds what JavaScript's own finds", async (t) => {
  const random = randomSource(11);
  let found = 0;
  for (let round = 0; round < 3000; round++) {
    const inner = randomPattern(random, 2);
    // Else the last match is mostly the empty one at the text's end.
    const pattern = random() < 0.5 ? inner : `(?:${inner})(?:c|\\s|$)`;
    const regex = compileAnswerRegex(pattern);
    for (let i = 0; i < 3; i++) {
      const text = Array.from({ length: Math.floor(random() * 7) }, () => 'aabbc \n'[Math.floor(random() * 7)]).join(''); // prettier-ignore
      const answer = expected(pattern, text);
      if (answer !== undefined) found++;
      const got = regex.last(text);
      if (got !== answer) t.equal(got, answer, `/${pattern}/ in ${JSON.stringify(text)}`);
    }
  }
  t.ok(found > 2000, `${found} matches were compared`);
});

t.test('whatever the blocks in which a text is read', async (t) => {
  for (const length of [4095, 4096, 4097, 8192, 10_000]) {
    for (const [pattern, text] of [
      ['a+b', `${'a'.repeat(length)}b`],
      ['(a)|b$', `${'a'.repeat(length)}b`],
      ['(?:x|^)(a*)', 'a'.repeat(length)],
      ['\\bc.*?\\b', `c ${'a '.repeat(length / 2)}c`],
      ['(a|b)*a(a|b){11}$', 'abbaabab'.repeat(length / 8)],
    ] as const) {
      const got = compileAnswerRegex(pattern).last(text);
      t.ok(got === expected(pattern, text), `${pattern}, ${length} characters`);
    }
  }
});

t.test('automata that explode are forgotten again and again, and found again', async (t) => {
  const random = randomSource(5);
  const text = Array.from({ length: 40_000 }, () => (random() < 0.5 ? 'a' : 'b')).join('');
  // Read backward, each state remembers which of the last 40 characters were an a.
  const pattern = '(?:a|b){39}ab(?:a|b)*?bb';
  t.equal(compileAnswerRegex(`(${pattern})`).last(text), expected(pattern, text));
  t.equal(compileAnswerRegex('^[ab]*(b[ab]{40})a[ab]*$').last(text), /^[ab]*(b[ab]{40})a/.exec(text)![1]); // prettier-ignore
});

t.test('time is linear in the text', async (t) => {
  const cases: readonly (readonly [pattern: string, unit: string])[] = [
    ['(a*)*b', 'a'],
    ['(a+)+$', 'a'],
    ['.*[^A-Z]|[A-Z]', 'A'],
    ['(a|a)*c', 'a'],
    ['(x+x+)+y', 'x'],
    ['a.*b', 'a'],
    ['(.*)(.*)(.*)(.*)(.*)x', 'a '],
    ['\\b(\\w+)\\b.*?!', 'word '],
    ['', 'a'],
    ['(a|b)*a(a|b){200}c', 'ab'],
  ];
  for (const [pattern, unit] of cases) {
    const regex = compileAnswerRegex(pattern);
    const time = (length: number): number => cpuMs(() => void regex.last(unit.repeat(length / unit.length))); // prettier-ignore
    time(20_000);
    const [short, long] = [time(50_000), time(100_000)];
    t.ok(long < 3 * short + 50, `${pattern}: ${short} ms, ${long} ms for twice as much`);
  }
});

const REFUSED: readonly (readonly [pattern: string, message: RegExp])[] = [
  ['(?=a)', /at character 0, the expression looks around itself/],
  ['ab(?!a)', /at character 2, the expression looks/],
  ['(?<=a)b', /at character 0, the expression looks/],
  ['(?<!a)b', /at character 0, the expression looks/],
  ['(a)\\1', /at character 3, .*back-reference/],
  ['(?<n>a)\\k<n>', /at character 7, .*back-reference/],
  ['(?P=n)', /at character 0, a group is of a kind/],
  ['(?i)a', /at character 0, a group is of a kind/],
  ['a(b', /at character 1, a group is opened/],
  ['ab)', /at character 2, a \) closes no group/],
  ['a[b\\]', /at character 1, a \[ is opened/],
  ['[z-a]', /at character 0, .*not in order/],
  ['a\\', /at character 1, a \\ escapes nothing/],
  ['*a', /at character 0, nothing is repeated/],
  ['a|{2}', /at character 2, nothing is repeated/],
  ['(+)', /at character 1, nothing is repeated/],
  ['a**', /at character 2, .*repeated again/],
  ['a{2}{3}', /at character 4, .*repeated again/],
  ['a++', /at character 2, .*repeated again/],
  ['^*', /at character 1, a place/],
  ['a\\b+', /at character 3, a place/],
  ['a{3,2}', /at character 1, a range of counts/],
  ['a{1001}', /at character 1, a count is above/],
  ['\\p{Nope}', /at character 0, .*property/],
  ['\\u{110000}', /at character 0, .*Unicode/],
  ['a'.repeat(1001), /1001 characters/],
  ['('.repeat(101) + ')'.repeat(101), /more than 100 deep/],
  ['(a{1000}){3}', /too many states/],
  ['(?:(?:(?:){1000}){1000}){1000}', /too many states/],
  ['(?:(?:(?:a?){100}){100}){100}', /too many states/],
  ['(?:(?:[]{1000}){1000}){1000}', /too many states/],
];

t.test('what is not taken is told, with its place', async (t) => {
  for (const [pattern, message] of REFUSED) {
    try {
      compileAnswerRegex(pattern, 'vote.pattern');
      t.fail(`${pattern} was taken`);
    } catch (error) {
      if (!(error instanceof KingletError)) throw error;
      t.equal(error.code, 'invalid_value', pattern);
      t.equal(error.param, 'vote.pattern');
      t.match(error.message, message);
      t.ok(error.message.startsWith("Invalid 'vote.pattern': "), error.message);
    }
  }
});

t.test('what is large and fits', async (t) => {
  t.equal(compileAnswerRegex('a'.repeat(1000)).last('a'.repeat(1001)), 'a'.repeat(1000));
  t.equal(compileAnswerRegex('[ab]{900}').last('ab'.repeat(1000)), 'ab'.repeat(450));
  const nested = '('.repeat(99) + 'a*' + ')*'.repeat(99);
  t.equal(compileAnswerRegex(nested).last('aab'), undefined, 'the last match is empty');
  t.equal(compileAnswerRegex(`${nested}b`).last('aab'), 'aa');
});
