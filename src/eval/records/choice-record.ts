import type { Fields } from '../fields.js';
import { readEntry } from '../journal/elapsed.js';
import type { ChoiceScores } from '../likelihood/choice-scores.js';
import type { ChoiceQuestion } from '../task/question.js';
import { readAsked, type AskedEntry } from './asked-entry.js';

/** A question of multiple choice in the file of an evaluation. */
export interface ChoiceRecord extends AskedEntry, ChoiceScores {
  readonly choices: readonly string[];
  /** Index of the right choice. */
  readonly gold: number;
}

export function choiceRecord(
  { index, key, group, text: question, choices, gold }: ChoiceQuestion,
  scores: ChoiceScores,
): Omit<ChoiceRecord, 'elapsed'> {
  return { index, key, group, question, choices, gold, ...scores };
}

/** Throws `file_malformed`, naming the member that is wrong. */
export function readChoiceRecord(fields: Fields): ChoiceRecord {
  return {
    ...readEntry(fields),
    ...readAsked(fields),
    choices: fields.texts('choices'),
    gold: fields.count('gold'),
    logprobs: fields.numbers('logprobs'),
    bySum: fields.count('bySum'),
    byCharacters: fields.count('byCharacters'),
    byBytes: fields.count('byBytes'),
  };
}
