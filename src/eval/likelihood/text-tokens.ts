import { KingletError } from '../../errors.js';
import type { Fields } from '../fields.js';
import { answerFields } from '../target/answer-fields.js';
import type { Target } from '../target/target.js';

/** A text as a target's tokenizer cuts it. */
export interface TextTokens {
  /** What the tokenizer puts before every text: BOS, or nothing. */
  readonly prefix: readonly number[];
  readonly ids: readonly number[];
  /** Positions of the model. */
  readonly contextLength: number;
}

/** Asks by vLLM's route. Rejects as the target does, in words where it has no such route. */
export async function tokenize(target: Target, text: string): Promise<TextTokens> {
  try {
    const whole = await cut(target, text, true);
    const bare = await cut(target, text, false);
    const ids = bare.numbers('tokens');
    const all = whole.numbers('tokens');
    return {
      prefix: all.slice(0, Math.max(0, all.length - ids.length)),
      ids,
      contextLength: whole.count('max_model_len'),
    };
  } catch (cause) {
    if (!(cause instanceof KingletError && cause.code === 'not_found')) throw cause;
    const needs =
      'a text is scored in pieces of tokens, which a server must cut (vLLM and Kinglet do)';
    throw new KingletError('not_found', `${cause.message} ${needs}.`, { cause });
  }
}

function cut(target: Target, text: string, whole: boolean): Promise<Fields> {
  return answerFields(target, '/tokenize', { prompt: text, add_special_tokens: whole });
}
