import { malformed } from '../grammar-error.js';
import { keywordOf, type SchemaKeywords } from './keywords.js';
import { isObject, pointerTo, type SchemaNode } from './schema-document.js';

/** The types that a value has one of; integers are numbers that are told apart further down. */
export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

const NAMES: ReadonlySet<unknown> = new Set([
  'null',
  'boolean',
  'number',
  'integer',
  'string',
  'array',
  'object',
  'any',
]);

/** The types that a schema's `type` names; null where it names none. */
export function typesOf(node: SchemaKeywords): ReadonlySet<unknown> | null {
  const type = keywordOf(node, 'type');
  if (type === undefined) return null;
  const list: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (!list.every((name) => NAMES.has(name))) {
    throw malformed('type must be a type or a list of types', pointerTo(node.pointer, 'type'));
  }
  return list.includes('any') ? null : new Set(list);
}

/** Whether a schema's `type` lets a value of a type through; integers count as numbers. */
export function allowsType(node: SchemaKeywords, type: JsonType): boolean {
  const types = typesOf(node);
  return types === null || types.has(type) || (type === 'number' && types.has('integer'));
}

export function typeOfValue(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  return typeof value as JsonType;
}

/** Whether a schema's own `type`, `enum` or `const` leaves no value of a type. */
export function excludesType({ value, ...node }: SchemaNode, type: JsonType): boolean {
  if (typeof value === 'boolean') return !value;
  if (!allowsType({ ...node, value }, type)) return true;
  const { const: single, enum: listed } = value;
  if (single !== undefined && typeOfValue(single) !== type) return true;
  return Array.isArray(listed) && !listed.some((one) => typeOfValue(one) === type);
}
