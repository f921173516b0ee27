import { invalidValue } from '../../errors/requests.js';
import { fieldPath } from '../validation/field-path.js';

/** With the flag u it matches halves only: a pair is one character. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Throws `invalid_value` with the path of the first string that holds half of a surrogate pair:
 * JSON can write it as an escape, and no text holds it. Recursion is bounded by the depth of the
 * value, which the caller has checked.
 */
export function checkWellFormed(value: unknown): void {
  const steps: string[] = [];
  if (wellFormed(value, steps)) return;
  throw invalidValue(
    fieldPath(steps),
    'a string holds half of a surrogate pair (such as \\ud83d alone), which is no character',
  );
}

/** If false, `steps` is the path of the string; of a key that is wrong, the path of its object. */
function wellFormed(value: unknown, steps: string[]): boolean {
  if (typeof value === 'string') return !LONE_SURROGATE.test(value);
  if (value === null || typeof value !== 'object') return true;
  const enter = (step: string | number, member: unknown): boolean => {
    if (typeof member !== 'string' && typeof member !== 'object') return true;
    steps.push(String(step));
    if (!wellFormed(member, steps)) return false;
    steps.pop();
    return true;
  };
  if (Array.isArray(value)) return value.every((member, i) => enter(i, member));
  return Object.entries(value).every(
    ([key, member]) => !LONE_SURROGATE.test(key) && enter(key, member),
  );
}
