import { ANY_NAME } from '../config.js';
import type { ServedModel } from './served-model.js';

/** The names of a model whose file is called `own`, from what --served-model-name gives. */
export function servedNames(
  given: readonly string[],
  own: string,
): Pick<ServedModel, 'names' | 'anyName'> {
  const [first, ...more] = given.filter((name) => name !== ANY_NAME);
  return {
    names: first === undefined ? [own] : [first, ...more],
    anyName: given.includes(ANY_NAME),
  };
}
