import type { TokenLogprob } from '../../engine/types.js';
import type { Tokenizer } from '../../tokenizer/tokenizer.js';
import { finiteLogprob, tokenText } from './token-text.js';

/** A token of an echoed prompt or of the answer; the prompt's first has no log-probability. */
export interface ScoredToken {
  readonly id: number;
  readonly scores: TokenLogprob | null;
}

/**
 * The older log-probability object of /v1/completions, built piece by piece for a stream.
 * Offsets count code points, as Python clients do.
 */
export class CompletionLogprobs {
  readonly #tokenizer: Tokenizer;
  readonly #top: number;
  readonly #specialIsText: (index: number) => boolean;
  #index = 0;
  #offset = 0;

  /**
   * `top` is how many alternatives were asked for; 0 gives the chosen token alone. `specialIsText`
   * tells whether a special token at an index is part of the text, as it is in an echoed prompt.
   */
  constructor(tokenizer: Tokenizer, top: number, specialIsText: (index: number) => boolean) {
    this.#tokenizer = tokenizer;
    this.#top = top;
    this.#specialIsText = specialIsText;
  }

  add(tokens: readonly ScoredToken[]) {
    return {
      tokens: tokens.map(({ id }) => tokenText(this.#tokenizer, id).token),
      token_logprobs: tokens.map(({ scores }) =>
        scores === null ? null : finiteLogprob(scores.logprob),
      ),
      top_logprobs: tokens.map(({ scores }) =>
        scores === null ? null : this.#alternatives(scores),
      ),
      text_offset: tokens.map(({ id }) => {
        const start = this.#offset;
        this.#offset += this.#codePointsBegun(id, this.#index++);
        return start;
      }),
    };
  }

  /**
   * Alternatives by their strings. Of several tokens with one string the likeliest is kept, best
   * first as they come; the chosen one is in it whatever happens, under its id if its string is
   * taken by another.
   */
  #alternatives(scores: TokenLogprob): Record<string, number> {
    // Without a prototype: a token may spell "__proto__".
    const byString = Object.create(null) as Record<string, number>;
    for (const { id, logprob } of scores.top.slice(0, this.#top)) {
      const { token } = tokenText(this.#tokenizer, id);
      if (!(token in byString)) byString[token] = finiteLogprob(logprob);
    }
    const chosen = tokenText(this.#tokenizer, scores.id).token;
    const own = finiteLogprob(scores.logprob);
    if (!(chosen in byString)) byString[chosen] = own;
    else if (byString[chosen] !== own) byString[`token_id:${scores.id}`] = own;
    return byString;
  }

  /** UTF-8 sequences that begin in a token: a character over two tokens counts once. */
  #codePointsBegun(id: number, index: number): number {
    if (this.#tokenizer.table.special[id] === 1 && !this.#specialIsText(index)) return 0;
    let count = 0;
    for (const byte of tokenText(this.#tokenizer, id).bytes) if ((byte & 0xc0) !== 0x80) count++;
    return count;
  }
}
