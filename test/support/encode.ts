/** Texts as ids, in this thread; the server has threads of their own for it (src/prompts). */
import { createEncoder, type Encoder, type TextRange } from '../../src/tokenizer/encoder.js';
import type { SpecialTokens, Tokenizer } from '../../src/tokenizer/tokenizer.js';

const encoders = new WeakMap<Tokenizer, Encoder>();

/** Ids of a text; special-token strings in `plain` are text. */
export function encodeText(
  tokenizer: Tokenizer,
  text: string,
  special: SpecialTokens,
  plain: readonly TextRange[] = [],
): Int32Array {
  const encoder = encoders.get(tokenizer) ?? createEncoder(tokenizer.encoding);
  encoders.set(tokenizer, encoder);
  return encoder.encode(text, { special, plain, maxTokens: Infinity }).ids;
}
