import t from 'tap';
import { SequenceText } from '../../../../src/engine/text/sequence-text.js';
import type { ReasoningTags } from '../../../../src/engine/types.js';
import { makeTokenTable } from '../../../support/token-table.js';

const THINK: ReasoningTags = { start: '<think>', end: '</think>', open: false };
const OPEN: ReasoningTags = { ...THINK, open: true };

t.test('the work is linear, whatever is held back', async (t) => {
  const tokens = 200_000;
  const cases: [piece: string, stop: string[], tags: ReasoningTags | null][] = [
    [' ', [], THINK],
    ['\n', [], OPEN],
    ['a', ['a'.repeat(255) + 'b'], null],
    ['ab', ['ab'.repeat(100) + 'x', 'b'.repeat(200)], null],
  ];
  for (const [piece, stop, tags] of cases) {
    const table = makeTokenTable(1, () => Buffer.from(piece), []);
    const sequence = new SequenceText({ table, reasoning: tags, stop });
    const begin = performance.now();
    for (let i = 0; i < tokens; i++) sequence.accept(0);
    sequence.finish();
    const seconds = (performance.now() - begin) / 1000;
    // Well below a second; looking again at what is held would be 2e10 steps.
    t.ok(seconds < 10, `${JSON.stringify(piece)}: ${tokens} tokens in ${seconds.toFixed(1)} s`);
  }
});
