/** Reading a schema's keywords: of the right type, or a fault with the keyword's pointer. */
import { malformed } from '../grammar-error.js';
import { decimalOf, type Decimal } from '../numbers/decimal.js';
import { isObject, pointerTo, type SchemaNode, type SchemaObject } from './schema-document.js';

export type SchemaKeywords = SchemaNode & { readonly value: SchemaObject };

export function keywordOf(node: SchemaKeywords, name: string): unknown {
  return Object.hasOwn(node.value, name) ? node.value[name] : undefined;
}

/** A count such as `minLength`; `absent` where it isn't there. */
export function countOf(node: SchemaKeywords, name: string, absent: number): number {
  const value = keywordOf(node, name);
  if (value === undefined) return absent;
  if (typeof value !== 'number' || value < 0 || !Number.isInteger(value)) {
    throw malformed(`${name} must be a whole number, 0 or larger`, pointerTo(node.pointer, name));
  }
  return Math.min(value, 0x7fffffff);
}

export function numberOf(node: SchemaKeywords, name: string): Decimal | null {
  const value = keywordOf(node, name);
  if (value === undefined) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw malformed(`${name} must be a number`, pointerTo(node.pointer, name));
  }
  return decimalOf(String(value));
}

export function stringOf(node: SchemaKeywords, name: string): string | null {
  const value = keywordOf(node, name);
  if (value === undefined) return null;
  if (typeof value !== 'string') {
    throw malformed(`${name} must be a string`, pointerTo(node.pointer, name));
  }
  return value;
}

export function listOf(node: SchemaKeywords, name: string): readonly unknown[] | null {
  const value = keywordOf(node, name);
  if (value === undefined) return null;
  if (!Array.isArray(value)) {
    throw malformed(`${name} must be a list`, pointerTo(node.pointer, name));
  }
  return value as readonly unknown[];
}

export function objectOf(node: SchemaKeywords, name: string): SchemaObject | null {
  const value = keywordOf(node, name);
  if (value === undefined) return null;
  if (!isObject(value)) {
    throw malformed(`${name} must be an object`, pointerTo(node.pointer, name));
  }
  return value;
}

export function namesOf(node: SchemaKeywords, name: string): readonly string[] {
  const list = listOf(node, name) ?? [];
  if (!list.every((item) => typeof item === 'string')) {
    throw malformed(`${name} must be a list of names`, pointerTo(node.pointer, name));
  }
  return list;
}
