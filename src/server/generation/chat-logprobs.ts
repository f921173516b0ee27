import type { ChoiceDelta, TokenLogprob } from '../../engine/types.js';
import type { Tokenizer } from '../../tokenizer/tokenizer.js';
import { finiteLogprob, tokenText } from './token-text.js';

/**
 * Log-probabilities in the shape of chat completions. `content` has the answer's tokens; a thought's
 * are in the additive `reasoning_content`, as they belong to no part of OpenAI's object.
 */
export function chatLogprobs(tokenizer: Tokenizer, logprobs: ChoiceDelta['logprobs']) {
  const reasoning = logprobs.filter((entry) => entry.part === 'reasoning');
  return {
    content: logprobs
      .filter((entry) => entry.part === 'answer')
      .map((entry) => tokenEntry(tokenizer, entry)),
    refusal: null,
    ...(reasoning.length > 0 && {
      reasoning_content: reasoning.map((entry) => tokenEntry(tokenizer, entry)),
    }),
  };
}

function tokenEntry(tokenizer: Tokenizer, entry: TokenLogprob) {
  return {
    ...alternative(tokenizer, entry.id, entry.logprob),
    top_logprobs: entry.top.map(({ id, logprob }) => alternative(tokenizer, id, logprob)),
  };
}

function alternative(tokenizer: Tokenizer, id: number, logprob: number) {
  const { token, bytes } = tokenText(tokenizer, id);
  return { token, logprob: finiteLogprob(logprob), bytes: [...bytes] };
}
