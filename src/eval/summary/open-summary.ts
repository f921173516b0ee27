import { canonicalAnswer } from '../../answers/canonical.js';
import { meanInterval, wilson, type Interval } from '../../statistics/intervals.js';
import { majorityAtK } from '../../statistics/majority.js';
import { passAtK } from '../../statistics/pass-at-k.js';
import { rightOf, shareRight, type OpenRecord } from '../records/open-record.js';
import { costPerSolved, type CostPerSolved } from './cost.js';
import { groupsOf, type Group } from './groups.js';

/** A mean over questions for each k. */
export interface AtK {
  readonly k: number;
  readonly mean: number;
}

/** Rates are shares from 0 to 1, accuracies too. */
export interface OpenSummary extends CostPerSolved {
  readonly type: 'open';
  readonly questions: number;
  /** Those that have a right answer. */
  readonly judged: number;
  /** Answers to each question. */
  readonly n: number;
  /** The mean share of right answers; null where nothing is judged. */
  readonly accuracy: Interval | null;
  readonly passAt: readonly AtK[];
  readonly majorityAt: readonly AtK[];
  /** Of all answers, those in which no answer was found. */
  readonly withoutAnswer: number;
  readonly truncated: number;
  readonly looped: number;
  /** Of the thoughts whose ends are known, those that the model ended; null where there are none. */
  readonly thoughtsEnded: number | null;
  readonly tokensPerAnswer: number;
  readonly groups: readonly Group[];
}

/** What the answers to questions come to; `n` is how many each has. */
export function summarizeOpen(records: readonly OpenRecord[], n: number): OpenSummary {
  const judged = records.filter(({ gold }) => gold !== null);
  const samples = records.flatMap((record) => record.samples);
  const rate = (holds: (sample: (typeof samples)[number]) => boolean) =>
    samples.length === 0 ? 0 : samples.filter(holds).length / samples.length;
  const solved = judged.reduce((sum, record) => sum + rightOf(record.samples), 0);
  const tokens = records.reduce((sum, record) => sum + record.tokens, 0);
  return {
    type: 'open',
    ...{ questions: records.length, judged: judged.length, n },
    accuracy: accuracyOf(judged, n),
    passAt: atEach(judged, n, ({ samples }, k) => passAtK(n, rightOf(samples), k)),
    majorityAt: atEach(judged, n, majorityOf),
    withoutAnswer: rate(({ answer }) => answer === null),
    truncated: rate(({ finish }) => finish === 'length'),
    looped: rate(({ looped }) => looped),
    thoughtsEnded: thoughtsEnded(samples.map(({ thoughtEnd }) => thoughtEnd)),
    tokensPerAnswer: samples.length === 0 ? 0 : tokens / samples.length,
    ...costPerSolved(records, solved),
    groups: groupsOf(judged, (members) => ({
      accuracy: accuracyOf(members, n),
      majority: atEach(members, n, majorityOf).at(-1)?.mean ?? null,
    })),
  };
}

function thoughtsEnded(ends: readonly (string | null)[]): number | null {
  const known = ends.filter((end) => end !== null);
  if (known.length === 0) return null;
  return known.filter((end) => end === 'model').length / known.length;
}

/**
 * Of several answers to each question, the interval of the questions' means; Wilson's of single answers,
 * and where all questions fare the same, of which Student's would have no width.
 */
function accuracyOf(judged: readonly OpenRecord[], n: number): Interval | null {
  const shares = judged.map((record) => shareRight(record) ?? 0);
  const means = n > 1 ? (meanInterval(shares) ?? null) : null;
  if (means !== null && means.low < means.high) return means;
  const sum = shares.reduce((total, share) => total + share, 0);
  return wilson(Math.min(sum, shares.length), shares.length) ?? null;
}

/** Powers of two up to n, and n; nothing for single answers. */
function atEach(
  judged: readonly OpenRecord[],
  n: number,
  value: (record: OpenRecord, k: number) => number,
): AtK[] {
  if (n === 1 || judged.length === 0) return [];
  const powers = Array.from({ length: 11 }, (_, i) => 2 ** i).filter((k) => k < n);
  return [...powers, n].map((k) => ({
    k,
    mean: judged.reduce((sum, record) => sum + value(record, k), 0) / judged.length,
  }));
}

function majorityOf({ samples, gold }: OpenRecord, k: number): number {
  const wanted = canonicalAnswer(gold ?? '');
  const votes = samples.map(({ answer }) =>
    answer === null ? undefined : canonicalAnswer(answer),
  );
  return majorityAtK(votes, (answer) => answer === wanted, k);
}
