import { KingletError } from '../../errors.js';
import type { ServedModel } from '../context.js';

/**
 * Ids of a prompt that is a string: special-token strings in it are special, and BOS comes first
 * where the tokenizer adds one. (A string that begins with BOS itself gets a second, as with vLLM:
 * add_special_tokens false is for those who render templates themselves.)
 */
export async function promptIds(
  model: ServedModel,
  text: string,
  addSpecialTokens: boolean,
): Promise<Int32Array> {
  const { bosId, addBos } = model.tokenizer;
  const ids = await model.tokenizer.encode(text, 'parse');
  if (!addSpecialTokens || !addBos || bosId === null) return ids;
  const withBos = new Int32Array(ids.length + 1);
  withBos[0] = bosId;
  withBos.set(ids, 1);
  return withBos;
}

/** Throws `invalid_value` naming the first id that is no token of the model. */
export function checkTokenIds(ids: readonly number[], vocabSize: number, field: string): void {
  const wrong = ids.findIndex((id) => id >= vocabSize);
  if (wrong < 0) return;
  throw new KingletError(
    'invalid_value',
    `Invalid '${field}[${wrong}]': there is no token ${ids[wrong]}; the model has ${vocabSize}.`,
    { param: `${field}[${wrong}]` },
  );
}
