/** What an operator asked for that cannot be. */
import { KingletError } from '../errors.js';

/** `invalid_flag`. `name` is what the operator wrote: a flag, or a variable of the environment. */
export function invalidFlag(name: string, expected: string, got: string): KingletError {
  return new KingletError('invalid_flag', `${name}: expected ${expected}, but got '${got}'.`);
}

/** `context_too_long`. `asked` has the flags and their tokens; `reason` is why the model has no more. */
export function contextTooLong(
  asked: string,
  contextLength: number,
  reason?: string,
): KingletError {
  const because = reason === undefined ? '' : ` (${reason})`;
  return new KingletError(
    'context_too_long',
    `${asked} is more than the model's context of ${contextLength}${because}.`,
  );
}
