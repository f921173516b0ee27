import t from 'tap';
import { lastBoxed } from '../../../src/answers/boxed.js';
import { cpuMs } from '../../support/cpu-time.js';
import { randomSource } from '../../support/random.js';

const FOUND: readonly (readonly [text: string, content: string | undefined])[] = [
  ['So \\boxed{5}.', '5'],
  ['\\boxed{1} or \\boxed{2}', '2'],
  ['\\fbox{7}', '7'],
  ['\\boxed{1} and \\fbox{2}', '2'],
  ['\\boxed{\\frac{1}{2}}', '\\frac{1}{2}'],
  ['\\boxed{\\{1, 2\\}}', '\\{1, 2\\}'],
  ['\\boxed{\\}} x', '\\}'],
  ['\\boxed{\\{} x}', '\\{'],
  ['\\boxed{a \\\\} b}', 'a \\\\'],
  ['\\boxed{ 5 }', ' 5 '],
  ['\\boxed {5}', '5'],
  ['\\boxed\n{5}', '5'],
  // Never closed, or empty.
  ['\\boxed{1} then \\boxed{2', '1'],
  ['\\boxed{1} then \\boxed{\\frac{1}{2}', '1'],
  ['\\boxed{1 and \\boxed{2}', '2'],
  ['{ \\boxed{3}', '3'],
  ['} \\boxed{3} }', '3'],
  ['\\boxed{4} in \\boxed{}', '4'],
  ['\\boxed{ }', undefined],
  ['\\boxed{', undefined],
  ['\\boxed', undefined],
  ['', undefined],
  // Frames in frames.
  ['\\boxed{\\boxed{5}}', '5'],
  ['\\boxed{a \\boxed{5} b}', '5'],
  ['\\boxed{a \\boxed{} b}', 'a \\boxed{} b'],
  // Without braces.
  ['\\boxed 5', '5'],
  ['\\boxed 42.', '42'],
  ['\\boxed -1,234.5$', '-1,234.5'],
  ['\\boxed5', '5'],
  ['\\boxed \\pi$', '\\pi'],
  ['\\boxed x', 'x'],
  ['\\boxed{5}, the \\boxed notation', '5'],
  ['\\boxed $', undefined],
  // Other commands, and none.
  ['\\boxedx{5}', undefined],
  ['boxed{5}', undefined],
  ['\\\\boxed{5}', undefined],
];

t.test('the last frame that is closed', async (t) => {
  for (const [text, content] of FOUND) t.equal(lastBoxed(text), content, text);
});

/** By trying each place in turn. */
function slowly(text: string): string | undefined {
  for (let at = text.length; at >= 0; at--) {
    if (!text.startsWith('\\boxed{', at)) continue;
    let depth = 0;
    for (let end = at + 6; end < text.length; end++) {
      if (text[end] === '{') depth++;
      else if (text[end] === '}' && --depth === 0) {
        const content = text.slice(at + 7, end);
        if (content !== '') return content;
        break;
      }
    }
  }
  return undefined;
}

t.test('as who tries every place', async (t) => {
  const random = randomSource(3);
  const pieces = ['\\boxed{', '\\boxed{', '{', '}', '}', '1', '2'];
  for (let round = 0; round < 2000; round++) {
    const text = Array.from({ length: Math.floor(random() * 14) }, () => pieces[Math.floor(random() * pieces.length)]).join(''); // prettier-ignore
    const got = lastBoxed(text);
    if (got !== slowly(text)) t.equal(got, slowly(text), text);
  }
  t.pass();
});

t.test('time is linear in the text', async (t) => {
  for (const unit of ['\\boxed{', '\\boxed{ ', '{', '}', '\\boxed{}', '\\boxed ', '\\boxed 1,', '\\boxed{1}', '\\']) {
    const time = (count: number): number => cpuMs(() => void lastBoxed(unit.repeat(count)));
    time(10_000);
    const [short, long] = [time(20_000), time(40_000)];
    t.ok(long < 3 * short + 50, `${unit}: ${short} ms, ${long} ms for twice as much`);
  }
}); // prettier-ignore
