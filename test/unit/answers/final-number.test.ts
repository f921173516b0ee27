import t from 'tap';
import { canonicalAnswer } from '../../../src/answers/canonical.js';
import { lastNumber, markedAnswer } from '../../../src/answers/final-number.js';
import { cpuMs } from '../../support/cpu-time.js';

const NUMBERS: readonly (readonly [text: string, number: string | undefined])[] = [
  ['', undefined],
  ['none at all', undefined],
  ['The answer is 5.', '5'],
  ['3 and then 4, so', '4'],
  ['#### 1,234', '1,234'],
  ['1,234,567.50 in all', '1,234,567.50'],
  ['costs $5.', '5'],
  ['costs \\$5', '5'],
  ['$-3', '-3'],
  ['-$3', '-3'],
  ['is -3', '-3'],
  ['is −3', '-3'],
  ['(-3)', '-3'],
  ['x=-3', '-3'],
  ['5-3', '3'],
  ['x-3', '3'],
  ['f(x)-3', '3'],
  ['COVID-19', '19'],
  ['1/2', '1/2'],
  ['it is -1/2.', '-1/2'],
  ['\\frac{3}{4}', '3/4'],
  ['-\\dfrac{3}{4}$', '-3/4'],
  ['\\frac{-3}{4}', '-3/4'],
  ['\\frac{x}{4}', '4'],
  ['.5', '.5'],
  ['so 0.25', '0.25'],
  ['1.5e3 m', '1.5e3'],
  ['5 eggs', '5'],
  ['50%', '50'],
  ['1{,}000', '1{,}000'],
  ['1, 2', '2'],
  ['1,23', '23'],
  ['1234,567', '567'],
  ['1,234,56', '56'],
  ['12cm', '12'],
  ['v1.2.3', '3'],
  ['7th', '7'],
];

t.test('the last number of a text', async (t) => {
  for (const [text, number] of NUMBERS) t.equal(lastNumber(text), number, text);
});

t.test('what is found is a number to who compares answers', async (t) => {
  for (const [text, number] of NUMBERS) {
    if (number !== undefined) t.match(canonicalAnswer(number), /^-?\d+(\/\d+)?$/, text);
  }
});

const MARKED: readonly (readonly [text: string, answer: string | undefined])[] = [
  ['', undefined],
  ['no mark 5', undefined],
  ['so\n#### 1,234', '1,234'],
  ['so\n####5\nand more', '5'],
  ['#### 1\n#### 2 apples \n', '2 apples'],
  ['#### 1\r\n', '1'],
  ['####', undefined],
  ['#### \n5', undefined],
  ['### 5', undefined],
  ['##### 5', '5'],
];

t.test('what stands behind the mark', async (t) => {
  for (const [text, answer] of MARKED) t.equal(markedAnswer(text), answer, text);
});

t.test('time is linear in the text', async (t) => {
  for (const unit of ['1', '1,', '111,', '-', '$', '\\frac', '\\frac ', '\\frac{', '\\frac{1', '.', '1.', '1/', '1e', '#', ' ']) {
    const time = (length: number): number =>
      cpuMs(() => {
        const text = unit.repeat(length / unit.length);
        lastNumber(text);
        markedAnswer(text);
      });
    time(20_000);
    const [short, long] = [time(50_000), time(100_000)];
    t.ok(long < 3 * short + 50, `${unit}: ${short} ms, ${long} ms for twice as much`);
  }
}); // prettier-ignore
