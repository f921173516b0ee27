import { RenderLimitError } from '../errors.js';

/** Lists and dicts inside each other that are read, compared, printed or hashed. */
export const MAX_NESTING = 200;

/** Throws `depth` for data nested deeper than that. */
export function checkNesting(depth: number): void {
  if (depth > MAX_NESTING) {
    throw new RenderLimitError('depth', `values are nested more than ${MAX_NESTING} deep`);
  }
}
