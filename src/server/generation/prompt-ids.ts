import { invalidValue } from '../../errors/requests.js';
import type { PromptTerms } from '../../prompts/prompts.js';
import type { ServedModel } from '../served-model.js';

/** A prompt that is a string. */
export interface TextPrompt {
  readonly text: string;
  /** The request field that it came from. */
  readonly field: string;
}

/** A prompt that is a string, with its ids. */
export interface EncodedPrompt extends TextPrompt {
  readonly ids: Int32Array;
}

/**
 * Prompts that are strings, with their ids: special-token strings in them are special, and BOS comes first
 * where the tokenizer adds one. (A string that begins with BOS itself gets a second, as with vLLM:
 * add_special_tokens false is for those who render templates themselves.)
 */
export async function encodePrompts(
  model: ServedModel,
  prompts: readonly TextPrompt[],
  addSpecialTokens: boolean,
  terms: PromptTerms,
): Promise<EncodedPrompt[]> {
  const { bosId, addBos } = model.tokenizer;
  const encoded = await model.prompts.encode(
    prompts.map(({ text }) => text),
    prompts.map(({ field }) => field),
    'parse',
    terms,
  );
  const withBos = addSpecialTokens && addBos && bosId !== null;
  return prompts.map((prompt, i) => {
    const ids = encoded[i]!;
    return { ...prompt, ids: withBos ? withFirst(bosId, ids) : ids };
  });
}

/** Ids behind another one. */
export function withFirst(first: number, ids: Int32Array): Int32Array {
  const longer = new Int32Array(ids.length + 1);
  longer[0] = first;
  longer.set(ids, 1);
  return longer;
}

/** Throws `invalid_value` naming the first id that is no token of the model. */
export function checkTokenIds(ids: readonly number[], vocabSize: number, field: string): void {
  const wrong = ids.findIndex((id) => id >= vocabSize);
  if (wrong < 0) return;
  throw invalidValue(
    `${field}[${wrong}]`,
    `there is no token ${ids[wrong]}; the model has ${vocabSize}`,
  );
}
