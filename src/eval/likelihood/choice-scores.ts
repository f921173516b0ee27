/** Multiple choice by log-probability, as lm-eval counts it. */
import type { Target } from '../target/target.js';
import type { ChoiceQuestion } from '../task/question.js';
import { echoScores } from './echo-scores.js';
import { KingletError } from '../../errors.js';

/** The choices by three measures; of equal ones the first is taken. */
export interface ChoiceScores {
  /** Sums over each choice's tokens, natural logarithms. */
  readonly logprobs: readonly number[];
  /** By the sum: lm-eval's `acc`. */
  readonly bySum: number;
  /** By the sum over the choice's characters: `acc_norm`. */
  readonly byCharacters: number;
  /** By the sum over its bytes in UTF-8: `acc_bytes`. */
  readonly byBytes: number;
}

/**
 * Scores each choice behind the question, a space between them unless one of them has white space
 * there. A choice's tokens are those that the whole has beyond the tokens of the question alone, of
 * which white space at its end is no part.
 */
export async function scoreChoices(
  target: Target,
  { text, choices }: Pick<ChoiceQuestion, 'text' | 'choices'>,
): Promise<ChoiceScores> {
  const wholes = choices.map((choice) => text + delimiter(text, choice) + choice);
  const [context, ...scored] = await echoScores(target, [text.trimEnd(), ...wholes]);
  const begin = context?.length ?? 0;
  const logprobs = scored.map((scores, i) => {
    if (scores.length > begin) return sumOf(scores.slice(begin));
    throw new KingletError('invalid_value', `'${choices[i]}' has no token of its own.`);
  });
  const per = (length: (choice: string) => number) =>
    best(logprobs.map((logprob, i) => logprob / length(choices[i] ?? '')));
  return {
    logprobs,
    bySum: best(logprobs),
    byCharacters: per((choice) => [...choice].length),
    byBytes: per((choice) => Buffer.byteLength(choice)),
  };
}

function delimiter(text: string, choice: string): string {
  return /\s$/.test(text) || /^\s/.test(choice) ? '' : ' ';
}

function sumOf(scores: readonly (number | null)[]): number {
  return scores.reduce<number>((sum, score) => sum + (score ?? 0), 0);
}

function best(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? -Infinity) ? i : best), 0);
}
