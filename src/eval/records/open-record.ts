import { canonicalAnswer } from '../../answers/canonical.js';
import type { Answered } from '../asking/read-answer.js';
import type { Extract } from '../asking/extractor.js';
import type { Fields } from '../fields.js';
import { readEntry, type Entry } from '../journal/elapsed.js';
import type { OpenQuestion } from '../task/question.js';
import { readAsked, type AskedEntry } from './asked-entry.js';

/** An answer in the file of an evaluation. */
interface JudgedSample {
  readonly text: string;
  readonly thought: string;
  readonly finish: string;
  readonly looped: boolean;
  readonly thoughtEnd: string | null;
  /** What it answers as it is written; null where that isn't found. */
  readonly answer: string | null;
  /** null: there is no right or wrong. */
  readonly right: boolean | null;
}

/** A question with all its answers. */
export interface OpenRecord extends AskedEntry {
  readonly gold: string | null;
  readonly samples: readonly JudgedSample[];
  /** Of all samples together. */
  readonly tokens: number;
}

/** Judges what a question was answered with. */
export function judge(
  { index, key, group, text: question, gold }: OpenQuestion,
  { samples, tokens }: Answered,
  extract: Extract,
): Omit<OpenRecord, 'elapsed'> {
  const judged = samples.map((sample) => {
    const answer = extract(sample.text) ?? null;
    const right = gold === null ? null : answer !== null && sameAnswer(answer, gold);
    return { ...sample, answer, right };
  });
  return { index, key, group, question, gold, samples: judged, tokens };
}

/** An answer that says nothing is the same as none. */
function sameAnswer(answer: string, gold: string): boolean {
  const spelled = canonicalAnswer(answer);
  return spelled !== '' && spelled === canonicalAnswer(gold);
}

/** Throws `file_malformed`, naming the member that is wrong. */
export function readOpenRecord(fields: Fields): OpenRecord {
  const entry: Entry = readEntry(fields);
  const gold = fields.has('gold') ? fields.text('gold') : null;
  return {
    ...entry,
    ...readAsked(fields),
    gold,
    samples: fields.objects('samples').map((sample) => ({
      text: sample.textOrNone('text'),
      thought: sample.textOrNone('thought'),
      finish: sample.text('finish'),
      looped: sample.flag('looped'),
      thoughtEnd: sample.has('thoughtEnd') ? sample.text('thoughtEnd') : null,
      answer: sample.has('answer') ? sample.text('answer') : null,
      right: gold === null ? null : sample.flag('right'),
    })),
    tokens: fields.count('tokens'),
  };
}

/** Without texts, which only the file needs. */
export function slimOpenRecord(record: OpenRecord): OpenRecord {
  const samples = record.samples.map((sample) => ({ ...sample, text: '', thought: '' }));
  return { ...record, samples };
}

/** The share of a question's samples that are right; null where none is judged. */
export function shareRight({ gold, samples }: OpenRecord): number | null {
  return gold === null ? null : rightOf(samples) / samples.length;
}

export function rightOf(samples: readonly JudgedSample[]): number {
  return samples.filter(({ right }) => right === true).length;
}
