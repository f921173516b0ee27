import type { ObjectAlternative } from './alternatives.js';
import type { Literal } from './condition.js';
import { excludesType, type JsonType } from './types.js';

/** Pairs of alternatives that are looked at. */
const MAX_PAIRS = 16;
const OTHER_TYPES: readonly JsonType[] = ['null', 'boolean', 'number', 'array', 'object'];

/** The strings of a property, where they are few enough to be counted up. */
type TextsOf = (literals: readonly Literal[]) => readonly string[] | null;

/**
 * Whether objects of two schemas differ in a property that one of them must have: a tag, which has
 * other strings in each. A look that costs little; false says only that it found none.
 */
export function areToldApart(
  first: readonly ObjectAlternative[],
  second: readonly ObjectAlternative[],
  textsOf: TextsOf,
): boolean {
  if (first.length * second.length > MAX_PAIRS) return false;
  return first.every((one) =>
    second.every((other) =>
      [...one.required, ...other.required].some((name) =>
        haveNothingInCommon(literalsOf(one, name), literalsOf(other, name), textsOf),
      ),
    ),
  );
}

function literalsOf({ blocks }: ObjectAlternative, name: string): Literal[] {
  return blocks.flatMap(({ properties }) => properties.get(name) ?? []);
}

function haveNothingInCommon(
  a: readonly Literal[],
  b: readonly Literal[],
  textsOf: TextsOf,
): boolean {
  if (a.length === 0 || b.length === 0) return false;
  if (!OTHER_TYPES.every((type) => excluded(a, type) || excluded(b, type))) return false;
  const [own, others] = [textsOf(a), textsOf(b)];
  if (own === null || others === null) return false;
  const texts = new Set(own);
  return !others.some((text) => texts.has(text));
}

/** Whether a schema's own `type`, `enum` or `const` leaves no value of a type. */
function excluded(literals: readonly Literal[], type: JsonType): boolean {
  return literals.some(({ node, positive }) => positive && excludesType(node, type));
}
