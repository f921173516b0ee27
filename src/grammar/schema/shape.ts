/** What values a condition lets through, type by type, and which of these can be had. */
import type { Language } from '../language/language.js';
import type { TextList } from '../language/text-list.js';
import type { Condition } from './condition.js';
import type { NumberSet } from './numbers.js';
import type { StringSet } from './strings.js';

export interface ObjectShape {
  /** In the order in which they are written. */
  readonly names: readonly string[];
  /** [names] */
  readonly values: readonly Condition[];
  readonly required: readonly boolean[];
  /** Of names that are not listed, by what their patterns make of them. */
  readonly others: readonly Condition[];
  /** Accepts a listed name as its place, another as `names.length` and its place in `others`. */
  readonly keys: Language | TextList;
  readonly least: number;
  readonly most: number;
}

export interface ArrayShape {
  readonly prefix: readonly Condition[];
  readonly rest: Condition;
  readonly least: number;
  readonly most: number;
  /** Items of which some must be, or others must not be, of a kind. */
  readonly contains: {
    readonly rest: Condition;
    readonly least: number;
    readonly most: number;
  } | null;
  /** All values that an item can have, each to come at most once. */
  readonly unique: readonly Condition[] | null;
}

export interface Shape {
  /** `NULL`, `FALSE` and `TRUE`. */
  readonly words: number;
  readonly numbers: NumberSet | null;
  readonly strings: StringSet | null;
  readonly arrays: readonly ArrayShape[];
  readonly objects: readonly ObjectShape[];
}

/** Conditions that some value fits. */
type Productive = ReadonlySet<Condition>;

/** Whether the schema `false` is among the literals. */
export const isNever = ({ literals }: Condition): boolean =>
  literals.some(({ node, positive }) => node.value === !positive);

/** Visits the conditions of what lies inside. */
export function eachChild(
  { arrays, objects }: Pick<Shape, 'arrays' | 'objects'>,
  visit: (child: Condition) => void,
): void {
  for (const { values, others } of objects) {
    values.forEach(visit);
    others.forEach(visit);
  }
  for (const { prefix, rest, contains, unique } of arrays) {
    prefix.forEach(visit);
    visit(rest);
    if (contains !== null) visit(contains.rest);
    unique?.forEach(visit);
  }
}

/** Whether some value has a shape, going by the conditions inside. */
export function isProductive(shape: Shape, productive: Productive): boolean {
  return (
    shape.words !== 0 ||
    shape.numbers !== null ||
    shape.strings !== null ||
    shape.arrays.some((array) => isArrayProductive(array, productive)) ||
    shape.objects.some((object) => isObjectProductive(object, productive))
  );
}

export function isObjectProductive(object: ObjectShape, productive: Productive): boolean {
  const { values, required, others, least } = object;
  let possible = 0;
  for (let i = 0; i < values.length; i++) {
    if (productive.has(values[i]!)) possible++;
    else if (required[i] === true) return false;
  }
  return possible >= least || others.some((other) => productive.has(other));
}

export function isArrayProductive(array: ArrayShape, productive: Productive): boolean {
  const { prefix, rest, least, contains, unique } = array;
  if (unique !== null) return unique.filter((one) => productive.has(one)).length >= least;
  if (contains !== null) {
    const kind = productive.has(contains.rest);
    if (contains.least > 0 && !kind) return false;
    return productive.has(rest) || least <= (kind ? contains.most : 0);
  }
  for (let i = 0; i < least; i++) {
    if (!productive.has(prefix[i] ?? rest)) return false;
    if (i >= prefix.length) break;
  }
  return true;
}
