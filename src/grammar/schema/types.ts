import { malformed } from '../grammar-error.js';
import { keywordOf, type SchemaKeywords } from './keywords.js';
import { isObject, pointerTo, type SchemaNode } from './schema-document.js';

/** The types that a value has one of; integers are numbers that are told apart further down. */
export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/** A bit for each name that `type` may have. */
const BITS: ReadonlyMap<unknown, number> = new Map(
  ['null', 'boolean', 'number', 'string', 'array', 'object', 'integer', 'any'].map((name, i) => [
    name,
    1 << i,
  ]),
);
const bitOf = (name: JsonType | 'integer' | 'any'): number => BITS.get(name)!;
const ANY = bitOf('any');
const NUMBERS = bitOf('number') | ANY;
const INTEGERS = bitOf('integer');

/** The bits of a schema's `type`; `ANY` where it has none. */
function typeBits(node: SchemaKeywords): number {
  const type = keywordOf(node, 'type');
  if (type === undefined) return ANY;
  if (!Array.isArray(type)) return knownBit(node, type);
  return type.reduce<number>((bits, name) => bits | knownBit(node, name), 0);
}

function knownBit(node: SchemaKeywords, name: unknown): number {
  const bit = BITS.get(name);
  if (bit !== undefined) return bit;
  throw malformed('type must be a type or a list of types', pointerTo(node.pointer, 'type'));
}

/** Whether a schema's `type` lets a value of a type through; integers count as numbers. */
export function allowsType(node: SchemaKeywords, type: JsonType): boolean {
  const allowed = bitOf(type) | ANY | (type === 'number' ? INTEGERS : 0);
  return (typeBits(node) & allowed) !== 0;
}

/** Whether a schema's `type` lets no numbers through but integers. */
export function wantsIntegers(node: SchemaKeywords): boolean {
  return (typeBits(node) & (INTEGERS | NUMBERS)) === INTEGERS;
}

export function typeOfValue(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  return typeof value as JsonType;
}

/** Whether a schema's own `type`, `enum` or `const` leaves no value of a type. */
export function excludesType(node: SchemaNode, type: JsonType): boolean {
  const { value } = node;
  if (typeof value === 'boolean') return !value;
  if (!allowsType(node as SchemaKeywords, type)) return true;
  const { const: single, enum: listed } = value;
  if (single !== undefined && typeOfValue(single) !== type) return true;
  return Array.isArray(listed) && !listed.some((one) => typeOfValue(one) === type);
}
