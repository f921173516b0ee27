import { wilson, type Interval } from '../../statistics/intervals.js';
import type { ChoiceRecord } from '../records/choice-record.js';
import { costPerSolved, type CostPerSolved } from './cost.js';
import { groupsOf, type Group } from './groups.js';

/** Accuracies are shares from 0 to 1, named as lm-eval names them. */
export interface ChoiceSummary extends CostPerSolved {
  readonly type: 'choices';
  readonly questions: number;
  readonly acc: Interval | null;
  readonly accNorm: Interval | null;
  readonly accBytes: Interval | null;
  /** By `acc`. */
  readonly groups: readonly Group[];
}

export function summarizeChoices(records: readonly ChoiceRecord[]): ChoiceSummary {
  const count = (right: (record: ChoiceRecord) => boolean, of = records) => of.filter(right).length;
  const share = (right: (record: ChoiceRecord) => boolean, of = records) =>
    wilson(count(right, of), of.length) ?? null;
  return {
    type: 'choices',
    questions: records.length,
    acc: share(isRight),
    accNorm: share(({ byCharacters, gold }) => byCharacters === gold),
    accBytes: share(({ byBytes, gold }) => byBytes === gold),
    ...costPerSolved(records, count(isRight)),
    groups: groupsOf(records, (members) => ({
      accuracy: share(isRight, members),
      majority: null,
    })),
  };
}

export function isRight({ bySum, gold }: ChoiceRecord): boolean {
  return bySum === gold;
}
