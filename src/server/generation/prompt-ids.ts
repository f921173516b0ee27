import { noSuchToken } from '../../errors/requests.js';
import type { EncodedPrompt, TextPrompt } from '../../prompts/jobs.js';
import type { PromptTerms } from '../../prompts/prompts.js';
import type { ServedModel } from '../served-model.js';

/**
 * Prompts that are texts, with their ids, in their order: special-token strings in them are
 * special, and BOS comes first where the tokenizer adds one. (A text that begins with BOS itself gets
 * a second, as with vLLM: add_special_tokens false is for those who render templates themselves.)
 */
export async function encodePrompts<const Prompts extends readonly TextPrompt[]>(
  model: ServedModel,
  prompts: Prompts,
  addSpecialTokens: boolean,
  terms: PromptTerms,
): Promise<EncodedEach<Prompts>> {
  const { bosId, addBos } = model.tokenizer;
  const encoded = await model.prompts.encode(prompts, 'parse', terms);
  const withBos = addSpecialTokens && addBos && bosId !== null;
  return encoded.map(({ ids, ...prompt }) => ({
    ...prompt,
    ids: withBos ? withFirst(bosId, ids) : ids,
  })) as EncodedEach<Prompts>;
}

/** As many as there are prompts: one for a list of one. */
type EncodedEach<Prompts> = { -readonly [Index in keyof Prompts]: EncodedPrompt };

/** Ids behind another one. */
export function withFirst(first: number, ids: Int32Array): Int32Array {
  const longer = new Int32Array(ids.length + 1);
  longer[0] = first;
  longer.set(ids, 1);
  return longer;
}

/** Throws `invalid_value` naming the first id that is no token of the model. */
export function checkTokenIds(ids: readonly number[], vocabSize: number, field: string): void {
  for (const [i, id] of ids.entries()) {
    if (id >= vocabSize) throw noSuchToken(`${field}[${i}]`, id, vocabSize);
  }
}
