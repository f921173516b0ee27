/** Two evaluations of the same questions, side by side. */
import { KingletError } from '../../errors.js';
import { pairedDifference, type Interval } from '../../statistics/intervals.js';
import type { Fields } from '../fields.js';
import type { Header } from '../journal/header.js';
import { readJournal } from '../journal/journal.js';
import type { AskedEntry } from '../records/asked-entry.js';
import { readChoiceRecord } from '../records/choice-record.js';
import { readOpenRecord, shareRight } from '../records/open-record.js';
import { isRight } from './choice-summary.js';

/** Accuracies are shares from 0 to 1. */
export interface Comparison {
  readonly a: Side;
  readonly b: Side;
  /** Judged questions. */
  readonly questions: number;
  /** Of A's accuracy and B's, question by question; null where nothing is judged. */
  readonly difference: Interval | null;
  /** Questions of which the one side answers more right than the other. */
  readonly aBetter: number;
  readonly bBetter: number;
}

interface Side {
  readonly path: string;
  readonly model: string;
  readonly accuracy: number;
  /** null for multiple choice. */
  readonly tokensPerAnswer: number | null;
}

interface Judged extends AskedEntry {
  /** Share of right answers; null: none is right or wrong. */
  readonly share: number | null;
  readonly tokens: number | null;
}

/**
 * Pairs the questions of two files of answers. Throws `file_malformed` where one is no such file or not
 * complete, and `invalid_flag` naming questions that only one of them has.
 */
export function compareFiles(a: string, b: string): Comparison {
  const [sideA, sideB] = [readSide(a), readSide(b)];
  checkPairs(sideA, sideB);
  checkPairs(sideB, sideA);
  const judged = [...sideA.questions].filter(([, { share }]) => share !== null);
  const sharesA = judged.map(([, { share }]) => share ?? 0);
  const sharesB = judged.map(([name]) => sideB.questions.get(name)?.share ?? 0);
  const better = (ours: readonly number[], theirs: readonly number[]) =>
    ours.filter((share, i) => share > (theirs[i] ?? 0)).length;
  return {
    a: sideOf(sideA, sharesA),
    b: sideOf(sideB, sharesB),
    questions: judged.length,
    difference: pairedDifference(sharesA, sharesB) ?? null,
    aBetter: better(sharesA, sharesB),
    bBetter: better(sharesB, sharesA),
  };
}

interface ReadSide {
  readonly path: string;
  readonly model: string;
  /** By key and, where a file has a question several times, by which of them it is. */
  readonly questions: ReadonlyMap<string, Judged>;
}

function readSide(path: string): ReadSide {
  const journal = readJournal<Judged>(path, readerOf);
  const { header, entries } = journal ?? {};
  if (header === undefined || entries === undefined || entries.size < header.count) {
    throw new KingletError(
      'file_malformed',
      `${path}: ${entries?.size ?? 0} of ${header?.count ?? 'its'} questions are answered. Let the evaluation end first.`,
    );
  }
  const questions = new Map<string, Judged>();
  for (const [, entry] of [...entries].sort(([i], [j]) => i - j)) {
    let name = entry.key;
    for (let again = 2; questions.has(name); again++) name = `${entry.key} ${again}`;
    questions.set(name, entry);
  }
  return { path, model: modelOf(header), questions };
}

function readerOf(header: Header): (fields: Fields) => Judged {
  switch (header.type) {
    case 'open':
      return (fields) => {
        const record = readOpenRecord(fields);
        const { index, elapsed, key, group, question } = record;
        const tokens = record.tokens / record.samples.length;
        return { index, elapsed, key, group, question, share: shareRight(record), tokens };
      };
    case 'choices':
      return (fields) => {
        const record = readChoiceRecord(fields);
        const { index, elapsed, key, group, question } = record;
        return {
          index,
          elapsed,
          key,
          group,
          question,
          share: isRight(record) ? 1 : 0,
          tokens: null,
        };
      };
    case 'perplexity':
    case 'kl':
      throw new KingletError(
        'invalid_flag',
        `--compare pairs answers to questions, and ${header.file} was evaluated by its ${header.type}.`,
      );
  }
}

function modelOf({ decisive }: Header): string {
  const target = decisive['target'] as { readonly model?: unknown } | undefined;
  return typeof target?.model === 'string' ? target.model : 'a model';
}

/** Questions that a message names. */
const NAMED = 3;

function checkPairs(has: ReadSide, lacks: ReadSide): void {
  const missing = [...has.questions].filter(([name]) => !lacks.questions.has(name));
  if (missing.length === 0) return;
  const named = missing
    .slice(0, NAMED)
    .map(([, { index, question }]) => `${index + 1} (${JSON.stringify(question.slice(0, 60))})`)
    .join(', ');
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
  throw new KingletError(
    'invalid_flag',
    `${lacks.path} lacks questions of ${has.path}: ${named}${more}. --compare needs the same questions on both sides.`,
  );
}

function sideOf({ path, model, questions }: ReadSide, shares: readonly number[]): Side {
  const tokens = [...questions.values()].map((each) => each.tokens);
  const known = tokens.filter((count) => count !== null);
  return {
    path,
    model,
    accuracy: mean(shares),
    tokensPerAnswer: known.length === 0 ? null : mean(known),
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
