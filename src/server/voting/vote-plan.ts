import type { AnswerRule } from '../../answers/answer-rule.js';
import { invalidValue } from '../../errors/requests.js';
import type { ServedModel } from '../served-model.js';
import type { VoteField } from '../schemas/vote.js';
import type { VoteTerms } from './vote-count.js';

export interface VotePlan extends VoteTerms {
  /** The answer of a sample's text; undefined: it has none. */
  readonly read: (text: string) => Promise<string | undefined>;
}

/** What a request says of a vote. */
interface VoteFields {
  readonly n?: number;
  readonly vote?: VoteField;
}

interface VoteScope {
  /** The model may call tools. */
  readonly tools: boolean;
  readonly signal: AbortSignal;
}

/**
 * null: there is no vote. Throws `invalid_value` for a vote among one sample, over calls, or by a rule
 * that is wrong.
 */
export async function votePlan(
  { prompts }: ServedModel,
  { n = 1, vote }: VoteFields,
  { tools, signal }: VoteScope,
): Promise<VotePlan | null> {
  if (vote === undefined) return null;
  if (n < 2) throw invalidValue('vote', `it needs several samples, and 'n' is ${n}`);
  if (tools) throw invalidValue('vote', 'calls of tools have no answer to vote over');
  const { min_samples: minSamples = 1, confidence = null } = vote;
  if (minSamples > n) {
    throw invalidValue('vote.min_samples', `${minSamples} is more than the ${n} samples of 'n'`);
  }
  const rule = ruleOf(vote.answer);
  const read = (text: string) => prompts.answer(rule, text, signal);
  // A rule that is wrong is found before anything is computed.
  await read('');
  return { samples: n, minSamples, confidence, read };
}

/** A rule, and the request field of it, for errors. */
function ruleOf(answer: NonNullable<VoteField>['answer']): {
  readonly rule: AnswerRule;
  readonly field: string;
} {
  if (answer === 'boxed') return { rule: { type: 'boxed' }, field: 'vote.answer' };
  if ('regex' in answer) {
    return { rule: { type: 'regex', pattern: answer.regex }, field: 'vote.answer.regex' };
  }
  const rule = { type: 'json_pointer', pointer: answer.json_pointer } as const;
  return { rule, field: 'vote.answer.json_pointer' };
}
