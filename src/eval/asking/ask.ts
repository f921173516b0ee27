import { answerFields } from '../target/answer-fields.js';
import type { Target } from '../target/target.js';
import type { OpenQuestion } from '../task/question.js';
import { readAnswer, type Answered } from './read-answer.js';

/** How questions are put, whatever they are. */
export interface AskingTerms {
  /** Answers to each question. */
  readonly n: number;
  readonly temperature: number;
  readonly topP: number;
  /** null: the model's own. */
  readonly topK: number | null;
  /** Question i is answered with this plus i. */
  readonly seed: number;
  /** null: to the end of the context; of completions, DEFAULT_COMPLETION_TOKENS. */
  readonly maxTokens: number | null;
  /** null: no system message. */
  readonly system: string | null;
  readonly stop: readonly string[];
  /** As plain documents, without a chat template. */
  readonly completions: boolean;
  /** More members of requests, such as {"reasoning_effort": "low"}. */
  readonly extraBody: Readonly<Record<string, unknown>>;
}

const DEFAULT_COMPLETION_TOKENS = 512;
const SEEDS = 2 ** 31;

/** Puts one question. Rejects as the target does, and with `invalid_value` for an answer that is none. */
export async function ask(
  target: Target,
  question: OpenQuestion,
  terms: AskingTerms,
): Promise<Answered> {
  const path = `/v1/${terms.completions ? '' : 'chat/'}completions`;
  const body = { ...terms.extraBody, ...prompt(question, terms), ...sampling(question, terms) };
  return readAnswer(await answerFields(target, path, body), terms.n);
}

function prompt({ text }: OpenQuestion, { completions, system }: AskingTerms): object {
  if (completions) return { prompt: text };
  const user = { role: 'user', content: text };
  return { messages: system === null ? [user] : [{ role: 'system', content: system }, user] };
}

function sampling({ index }: OpenQuestion, terms: AskingTerms): object {
  const { n, temperature, topP, topK, seed, stop, completions } = terms;
  const maxTokens = terms.maxTokens ?? (completions ? DEFAULT_COMPLETION_TOKENS : null);
  return {
    ...{ n, temperature, top_p: topP, seed: (seed + index) % SEEDS },
    ...(topK === null ? {} : { top_k: topK }),
    ...(maxTokens === null ? {} : { max_tokens: maxTokens }),
    ...(stop.length === 0 ? {} : { stop }),
  };
}
