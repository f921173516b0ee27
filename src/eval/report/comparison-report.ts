import type { Comparison } from '../summary/compare.js';
import { figure, percent, table, type Row } from './figures.js';

/** What `kinglet eval --compare` prints without --json. */
export function comparisonReport(comparison: Comparison): string {
  const { a, b, questions, difference, aBetter, bBetter } = comparison;
  const side = (name: string, { path, model, accuracy, tokensPerAnswer }: Comparison['a']): Row => {
    const tokens = tokensPerAnswer === null ? '' : `, ${figure(tokensPerAnswer)} tokens an answer`;
    return [name, `${percent(accuracy)}${tokens} (${model}, ${path})`];
  };
  const points = (share: number) => `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)}`;
  return table([
    ['questions', String(questions)],
    side('A', a),
    side('B', b),
    [
      'A - B',
      difference === null
        ? 'nothing to judge'
        : `${points(difference.mean)} points (95 %: ${points(difference.low)} to ${points(difference.high)})`,
    ],
    ['better in A', String(aBetter)],
    ['better in B', String(bBetter)],
  ]);
}
