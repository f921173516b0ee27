import t from 'tap';
import { canonicalAnswer } from '../../../src/answers/canonical.js';
import { cpuMs } from '../../support/cpu-time.js';
import { randomSource } from '../../support/random.js';

/** Answers that say the same, by the spelling that they have in common. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  '': ['', ' ', '.', '$$', '\\text{}'],
  '0': ['0', '-0', '0.0', '0/5', '0e99999999999', '+0'],
  '1000': ['1,000', '1000', '1000.0', '1{,}000', '10^3', '10^{3}', '1,\\!000', '$1,000$', '\\$1,000', '1e3', '1\\,000', '01000', '10³', '1 thousand', '+1000', '1000.', '1,000.00', '(1000)', '$$1000$$', '\\(1000\\)', '\\[1000\\]', '\\boxed{1000}', '**1000**', '`1000`'],
  '1000000': ['1,000,000', '10^6', '1\\times10^6', '1{,}000{,}000', '\\$1 million', '1 \\text{ million}'],
  '1/2': ['1/2', '\\frac{1}{2}', '\\dfrac12', '\\tfrac{1}{2}', '\\frac12', '\\frac1{2}', '\\frac{1}2', '0.5', '.5', '\\frac{2}{4}', '2/4', '$\\frac{1}{2}$', '0.50', '1 / 2', '\\frac {1} {2}', '\\frac{-1}{-2}', '5e-1', '5 \\times 10^{-1}', '5\\cdot10^{-1}', '\\left(\\frac{1}{2}\\right)', '\\frac{0.5}{1}', '2^{-1}', '1⁄2', '1÷2', '\\frac{1\\text{ cm}}{2}'],
  '-1/2': ['-\\frac{1}{2}', '\\frac{-1}{2}', '-0.5', '-.5', '−1/2', '\\frac{1}{-2}', '-\\dfrac12', '-(1/2)', '- 1/2'],
  '3/2': ['1 \\frac{1}{2}', '1 1/2', '1.5', '1\\frac12', '3/2', '1\\tfrac{1}{2}', '6/4', '1 \\frac{2}{4}', '1 1/2 cups'],
  '-3/2': ['-1\\frac{1}{2}', '-1 1/2', '-1.5'],
  '50': ['50%', '50\\%', '50 percent', '50', '$50\\%$', '50 \\text{ percent}'],
  '5': ['\\$5', '$5', '5 dollars', '5', 'x = 5', 'x=5', '$x = 5$', 'x_1 = 5', '\\theta = 5', 'f(2) = 5', 'x \\in 5', '£5', '5 €', '5 apples', '\\text{5 dollars}', '5 \\text{dollars}', '\\mathrm{5}', '5\\text{ cm}', 'answer = 5', '5 dollars per hour', 'x\' = 5'],
  '12': ['12 cm', '12', '\\text{12 cm}^2', '12\\text{ cm}', '12 \\text{ cm}^2', '12cm', '12 cm²', '12\\ \\text{cm}', '12\\,\\mathrm{cm}', '12 km/h', '12 \\frac{\\text{m}}{\\text{s}}', '12 miles per hour', '12 square units', '12 sq. ft.', '12 m', '12~\\text{kg}', '12 \\text{ m/s}^2', '12 kW-hours', '12 ft-lb'],
  '90': ['90^\\circ', '90^{\\circ}', '90°', '90 degrees', '90\\degree', '90', '90^\\circ\\text{C}', '90 °C', '90^\\circ F'],
  '1500': ['1.5e3', '1.5E3', '1.5\\times10^3', '1.5 \\cdot 10^{3}', '1.5 x 10^3', '1.5×10³', '1.5*10^3', '1.5e+3', '1,500', '15 hundred', '1.5 thousand'],
  '1024': ['2^{10}', '2^10', '1024', '2^(10)'],
  b: ['\\text{(B)}', '(B)', 'B', 'b', '\\textbf{(B)}', '\\text{B}', '(\\text{B})', '\\mathrm{(B)}', '(b)', '\\left(B\\right)', 'B.', '**B**', '$\\text{(B)}$'],
  '(1, 2)': ['(1, 2)', '(1,2)', '( 1 , 2 )', '\\left(1, 2\\right)', '(1.0, \\frac{4}{2})', '(x, y) = (1, 2)', '\\left( 1,\\; 2 \\right)', '((1,2))', '(1\\text{ cm}, 2\\text{ cm})', '\\bigl(1,2\\bigr)'],
  '(1, 200)': ['(1,200)', '(1, 200)'],
  '(1200, 3)': ['(1{,}200, 3)', '(1200,3)', '(1,\\!200, 3)'],
  '[0, 1/2)': ['[0, 0.5)', '\\left[0,\\frac12\\right)', '[0,1/2)', 'x \\in [0, 1/2)'],
  '(-\\infty, 3]\\cup[4, \\infty)': ['(-\\infty, 3] \\cup [4, \\infty)', '(-∞,3]∪[4,∞)', '\\left(-\\infty,3\\right]\\cup\\left[4,\\infty\\right)'],
  '\\{1, 2\\}': ['\\{1,2\\}', '\\{2, 1\\}', '\\{ 1 , 2.0 \\}', '\\left\\{1,2\\right\\}', '\\lbrace 1, 2 \\rbrace', '\\{1,2,1\\}'],
  '1, 2': ['1, 2', '1,2', '1 , 2', '$1,2$', '$1$, $2$', '{1,2}', 'x = 1, 2'],
  'x=1, y=2': ['x=1, y=2', 'x = 1,y = 2'],
  '\\sqrt{2}': ['\\sqrt2', '\\sqrt{2}', '√2', 'sqrt(2)', '\\sqrt 2', '\\sqrt{(2)}', 'x = \\sqrt{2}', '\\sqrt{\\frac42}'],
  '2\\sqrt{3}': ['2\\sqrt{3}', '2 \\sqrt 3', '2\\cdot\\sqrt3', '2*sqrt(3)', '2√3'],
  '\\sqrt[3]{2}': ['\\sqrt[3]{2}', '\\sqrt[3]2', '\\sqrt [3] {2}'],
  '\\sqrt{3}/2': ['\\frac{\\sqrt{3}}{2}', '\\sqrt{3}/2', '\\dfrac{\\sqrt3}2', '\\frac{\\sqrt 3}{2}'],
  '-\\sqrt{3}/2': ['-\\frac{\\sqrt{3}}{2}', '\\frac{-\\sqrt{3}}{2}', '-\\sqrt3/2'],
  '2\\pi': ['2\\pi', '2 \\pi', '2π', '2pi', '2 \\cdot \\pi', '2\\pi\\text{}'],
  '\\pi/2': ['\\pi/2', '\\frac{\\pi}{2}', 'π/2', 'pi/2'],
  '(x+1)/2': ['\\frac{x+1}{2}', '(x+1)/2', '\\dfrac{x + 1}{2}', '\\frac{X+1}2'],
  '9\\pi': ['9\\pi', '9\\pi\\text{ cm}', '9\\pi \\text{ square units}', '9\\pi\\text{ cm}^2'],
  '5\\sqrt{2}/2': ['\\frac{5\\sqrt{2}}{2}', '\\dfrac{5\\sqrt2}{2} \\text{ cm}', '5\\sqrt2/2\\mathrm{cm}'],
  '\\begin{pmatrix}1/3\\\\-2/3\\end{pmatrix}': ['\\begin{pmatrix} 1/3 \\\\ -2/3 \\end{pmatrix}', '\\begin{pmatrix}\\frac13\\\\-\\frac{2}{3}\\end{pmatrix}'],
  '1/(2x)': ['\\frac{1}{2x}', '1/(2x)', '\\frac1{2x}'],
  '(1/2)x': ['\\frac{1}{2}x', '0.5x', '\\frac12 x', '(1/2)x', '\\frac{2}{4}x'],
  'x^2+1/2': ['x^2+\\frac{1}{2}', 'x^{2} + 0.5', 'x²+2/4', 'x^{2}+1/2', 'y = x^2 + .5', 'f(x)=x^2+\\frac{1}{2}'],
  'x^{1/2}': ['x^{1/2}', 'x^\\frac12', 'x^{0.5}', 'x^(1/2)'],
  'x^10': ['x^{10}', 'x^10', 'x^(10)'],
  'x_1+x_2': ['x_1 + x_2', 'x_{1}+x_{2}'],
  '9:15': ['9:15', '09:15', '9:15.', '$9:15$'],
  '9:15 am': ['9:15 am', '09:15 AM', '9:15 a.m.', '9:15\\text{ a.m.}', '9:15\\,\\text{AM}'],
  '3:2': ['3:2', '3 : 2', '\\text{3:2}', '3.0:2'],
  'the cat sat': ['The cat sat.', 'the  cat\nsat', '\\text{The cat sat}', 'THE CAT SAT'],
  constructor: ['constructor', 'Constructor.', '\\text{constructor}'],
  'x\\le5': ['x \\leq 5', 'x\\le 5', 'x ≤ 5'],
  '\\emptyset': ['\\emptyset', '\\varnothing', '∅'],
  '3+4i': ['3+4i', '3 + 4i', '3 + 4 i'],
}; // prettier-ignore

t.test('what says the same is spelled the same', async (t) => {
  for (const [spelling, answers] of Object.entries(SAME)) {
    for (const answer of answers)
      t.equal(canonicalAnswer(answer), spelling, JSON.stringify(answer));
  }
});

/** No two of a row say the same. */
const DIFFERENT: readonly (readonly string[])[] = [
  ['4', '4.0000000000000000000001', '-4', '4/3', '4i', '4x', '4^x', '\\sqrt{4}', '(4, 4)', '4:4', '4!', '4, 4'],
  ['9007199254740992', '9007199254740993', '9007199254740993.0000000001'],
  ['0.1', '0.3', '0.30000000000000004', '1/3', '0.333333', '0.33333333333333333333'],
  ['(1, 2)', '(2, 1)', '[1, 2]', '(1, 2]', '[1, 2)', '\\{1, 2\\}', '1, 2', '2, 1', '(1, 2, 3)', '12'],
  ['1/2x', '1/(2x)', '\\frac{1}{2}x'],
  ['\\frac{x}{2}y', 'x/2y'],
  ['x+1', '1+x', 'x-1', 'x1', 'x^1', 'x_1'],
  ['a/\\frac{b}{c}', 'a/b/c', '\\frac{a}{b}c'],
  ['2\\sin x', '2', '2\\cos x'],
  ['5 million', '5', '5 thousand'],
  ['9:15', '9:15 am', '9:15 pm', '9:1', '9.15', '915'],
  ['3:2', '6:4', '2:3', '3/2'],
  ['1 1/2', '1, 1/2', '1/2', '11/2', '1 - 1/2'],
  ['1 0.5', '1.5'],
  ['1\\frac{3}{2}', '2.5', '1 3/2'],
  ['1.2.3', '1.20.3', '1.2', '1.23'],
  ['1,200', '1, 200', '(1,200)'],
  ['1,20', '120', '1.20', '1,200'],
  ['7 and 8', '7', '8', '7 or 8'],
  ['7 or more', '7', '7 or less'],
  ['x\\text{ is even}', 'x\\text{ is odd}', 'x'],
  ['2\\pi\\text{ or }3', '2\\pi\\text{ and }3', '2\\pi'],
  ['\\binom{5}{2}', '\\binom{52}{}', '\\binom{2}{5}'],
  ['0.\\overline{3}', '0.\\overline{36}', '0.3\\overline{6}', '0.3'],
  ['x^2', 'x^{2y}', 'x^2y2', '(x^2)^2', 'x2'],
  ['12x', '12', '12xy', '12y'],
  ['2e - 3', '2e-3', '2e3'],
  ['-\\frac{x}{2}', '\\frac{x}{2}', '\\frac{x}{-2}'],
  ['10^3x', '1000', '10^{3x}'],
  ['1e1000', '1e1001', '1e-1000', '0'],
  ['no', 'none', 'not', 'n o t e'],
  ['A', 'B', 'AB', '(A, B)'],
  ['\\Delta', '\\delta', 'delta'],
  ['1/0', '0', '0/0', '\\infty'],
  ['(-2)^2', '-2^2', '4'],
]; // prettier-ignore

t.test('what says something else is spelled otherwise', async (t) => {
  for (const answers of DIFFERENT) {
    const spellings = answers.map(canonicalAnswer);
    t.equal(new Set(spellings).size, answers.length, `${spellings.join(' | ')}`);
  }
});

t.test('what a number is does not depend on how it is written', async (t) => {
  const random = randomSource(17);
  const same = (written: string, spelling: string): void => {
    const got = canonicalAnswer(written);
    if (got !== spelling) t.equal(got, spelling, written);
  };
  for (let round = 0; round < 300; round++) {
    const [over, under, k] = [4000, 60, 9].map((most) => 1 + Math.floor(random() * most));
    const spelling = canonicalAnswer(`${over}/${under}`);
    const [a, b = 1] = spelling.split('/').map(Number);
    if (a! * under! !== over! * b) t.equal(spelling, `${over}/${under}`);
    same(`\\frac{${over! * k!}}{${under! * k!}}`, spelling);
    same(`$x = \\dfrac{-${over}}{-${under}}\\text{ cm}$`, spelling);
    same(`-${over} / ${under}`, `-${spelling}`);
    same(`${Math.floor(over! / under!)}\\frac{${over! % under!}}{${under}}`, spelling);
    const thousandths = Math.floor(random() * 1e9);
    const decimal = canonicalAnswer(`${thousandths}/1000`);
    const fixed = (thousandths / 1000).toFixed(3);
    same(`${fixed}000`, decimal);
    same(`${thousandths}e-3`, decimal);
    same(`$${thousandths} \\times 10^{-3}$`, decimal);
    same(`\\$${fixed.replace(/\B(?=(\d{3})+\.)/g, ',')}.`, decimal);
    same(`(${fixed.replace(/\B(?=(\d{3})+\.)/g, '{,}')}, ${over})`, `(${decimal}, ${over})`);
  }
  t.pass();
});

const PIECES = ['1', '2', '10', '200', '.', ',', ' ', ' ', '{', '}', '(', ')', '[', ']', '\\{', '\\}', '\\frac', '\\sqrt', '^', '_', '+', '-', '/', '*', 'x', 'y', 'cm', 'two', '\\text{', '\\pi', '=', ':', '\\,', '\\!', '%', '$', '\\left', '\\circ', '|', '\\\\', 'e', 'million']; // prettier-ignore

t.test('a spelling is its own, whatever was written', async (t) => {
  const random = randomSource(23);
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: 1 + Math.floor(random() * 9) }, () => PIECES[Math.floor(random() * PIECES.length)]).join(''); // prettier-ignore
    const once = canonicalAnswer(text);
    if (canonicalAnswer(once) !== once) t.equal(canonicalAnswer(once), once, text);
  }
  t.pass();
});

t.test('beyond its bounds a text is its own spelling', async (t) => {
  const nines = '9'.repeat(1000);
  t.equal(canonicalAnswer(`0${nines.slice(1)}`), nines.slice(1));
  t.equal(canonicalAnswer(`0${nines}`), `0${nines}`);
  t.equal(canonicalAnswer(` A${'a'.repeat(10_000)} `), `A${'a'.repeat(10_000)}`);
  t.equal(canonicalAnswer('1e999'), `1${'0'.repeat(999)}`);
  t.equal(canonicalAnswer('1e1000'), '1e1000');
  t.equal(canonicalAnswer('9^{9^{9^9}}'), '9^{9^387420489}');
  t.equal(canonicalAnswer(`1e${nines}`), `1e${nines}`);
});

t.test('hostile answers take little time', async (t) => {
  const units = ['(', '{', '\\frac', '\\frac{', '\\frac1', '\\sqrt', '\\sqrt[', '^', '^{', 'x^', '^-', '_', '\\text{', '1', '1,000,', '1.', ',', '9^9', '1e999/', '\\frac{1e999}{', '9e998+', '\\left(', '\\{', '1:', 'a.', ' ', '*', '²', '7 ', '\\frac{1}{3}+', '()', '\\text{m}/']; // prettier-ignore
  for (const unit of units) {
    const time = (length: number): number => cpuMs(() => void canonicalAnswer(unit.repeat(Math.floor(length / unit.length)))); // prettier-ignore
    const [short, long] = [time(5000), time(10_000)];
    t.ok(long < 3 * short + 50, `${unit}: ${short} ms, ${long} ms for twice as much`);
  }
  const over = cpuMs(() => void canonicalAnswer('('.repeat(4_000_000)));
  t.ok(over < 100, `${over} ms for what is too long`);
});
