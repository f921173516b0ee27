/** What a schema says of null, booleans, numbers and strings, as conditions of atoms. */
import { malformed } from '../grammar-error.js';
import { UNBOUNDED } from '../language/lengths.js';
import { type Language } from '../language/language.js';
import { decimalOf } from '../numbers/decimal.js';
import { all, any, exactlyOne, not, type Expression } from './expression.js';
import { formatLanguage, formatMost } from './formats.js';
import { countOf, keywordOf, listOf, numberOf, stringOf, type SchemaKeywords } from './keywords.js';
import type { NumberAtom } from './numbers.js';
import { endless, pointerTo, type SchemaDocument, type SchemaNode } from './schema-document.js';
import type { StringAtom } from './strings.js';
import { allowsType, typeOfValue, wantsIntegers } from './types.js';

/** null, false and true as bits. */
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 4;

export interface ScalarAtoms {
  readonly null: number;
  readonly boolean: number;
  readonly number: NumberAtom;
  readonly string: StringAtom;
}

export type ScalarType = keyof ScalarAtoms;

/** Schemas in a schema that are asked for a type without reading a value further. */
const IN_PLACE_DEPTH = 200;

export class ScalarConditions {
  readonly #document: SchemaDocument;
  readonly #pattern: (source: string, pointer: string) => Language;
  /** By type and the schema's number. */
  readonly #known: Record<ScalarType, (Expression<unknown> | undefined)[]> = {
    null: [],
    boolean: [],
    number: [],
    string: [],
  };
  #depth = 0;

  constructor(document: SchemaDocument, pattern: (source: string, pointer: string) => Language) {
    this.#document = document;
    this.#pattern = pattern;
  }

  /** The condition that a schema makes for values of a type. */
  of<T extends ScalarType>(node: SchemaNode, type: T): Expression<ScalarAtoms[T]> {
    if (typeof node.value === 'boolean') return node.value;
    const ofType = this.#known[type];
    let known = ofType[node.id];
    if (known === undefined) {
      if (++this.#depth > IN_PLACE_DEPTH) {
        throw endless(node.pointer);
      }
      known = this.#make(node as SchemaKeywords, type);
      this.#depth--;
      ofType[node.id] = known;
    }
    return known as Expression<ScalarAtoms[T]>;
  }

  #make(node: SchemaKeywords, type: ScalarType): Expression<unknown> {
    const reference = stringOf(node, '$ref');
    const referred =
      reference === null
        ? true
        : (this.of(this.#document.resolve(node, reference), type) as Expression<unknown>);
    if (reference !== null && this.#document.lonelyRefs) return referred;
    if (!allowsType(node, type)) return false;

    const part = (value: unknown, ...names: (string | number)[]): Expression<unknown> =>
      this.of(this.#document.child(node, value, ...names), type);
    const parts = (name: string): Expression<unknown>[] | null =>
      listOf(node, name)?.map((value, i) => part(value, name, i)) ?? null;
    const conditions: Expression<unknown>[] = [referred, ...this.#own(node, type)];
    conditions.push(...(parts('allOf') ?? []));
    const choices = parts('anyOf');
    if (choices !== null) conditions.push(any(choices));
    const branches = parts('oneOf');
    if (branches !== null) conditions.push(exactlyOne(branches));
    const excluded = keywordOf(node, 'not');
    if (excluded !== undefined) conditions.push(not(part(excluded, 'not')));
    const test = keywordOf(node, 'if');
    if (test !== undefined) {
      const holds = part(test, 'if');
      const then = keywordOf(node, 'then') ?? true;
      const otherwise = keywordOf(node, 'else') ?? true;
      conditions.push(
        any([all([holds, part(then, 'then')]), all([not(holds), part(otherwise, 'else')])]),
      );
    }
    return all(conditions);
  }

  #own(node: SchemaKeywords, type: ScalarType): Expression<unknown>[] {
    const values = this.#values(node, type);
    const conditions: Expression<unknown>[] =
      values === null ? [] : [valuesCondition(values, type)];
    if (type === 'number') conditions.push(...numberConditions(node));
    if (type === 'string') conditions.push(...this.#stringConditions(node));
    return conditions;
  }

  /** Values of a type that `enum` and `const` name; null: neither is there. */
  #values(node: SchemaKeywords, type: ScalarType): unknown[] | null {
    const lists: (readonly unknown[])[] = [];
    const listed = listOf(node, 'enum');
    if (listed !== null) lists.push(listed);
    if (Object.hasOwn(node.value, 'const')) lists.push([node.value['const']]);
    if (lists.length === 0) return null;
    const [first, second] = lists.map((list) =>
      list.filter((value) => typeOfValue(value) === type),
    );
    return second === undefined ? first! : first!.filter((value) => second.includes(value));
  }

  #stringConditions(node: SchemaKeywords): Expression<StringAtom>[] {
    const atoms: StringAtom[] = [];
    const least = countOf(node, 'minLength', 0);
    const most = countOf(node, 'maxLength', UNBOUNDED);
    if (least > 0 || most !== UNBOUNDED) atoms.push({ kind: 'length', least, most });
    const pattern = stringOf(node, 'pattern');
    if (pattern !== null) {
      const language = this.#pattern(pattern, pointerTo(node.pointer, 'pattern'));
      atoms.push({ kind: 'language', language });
    }
    const format = keywordOf(node, 'format');
    const language = typeof format === 'string' ? formatLanguage(format) : null;
    if (language !== null) atoms.push({ kind: 'language', language });
    const longest = typeof format === 'string' ? formatMost(format) : null;
    if (longest !== null) atoms.push({ kind: 'length', least: 0, most: longest });
    return atoms.map((atom) => ({ op: 'atom', atom }));
  }
}

function valuesCondition(values: readonly unknown[], type: ScalarType): Expression<unknown> {
  if (values.length === 0) return false;
  switch (type) {
    case 'null':
      return true;
    case 'boolean': {
      const mask = values.reduce<number>(
        (bits, value) => bits | (value === true ? TRUE : FALSE),
        0,
      );
      return { op: 'atom', atom: mask };
    }
    case 'number': {
      const atom: NumberAtom = {
        kind: 'values',
        values: values.map((value) => decimalOf(String(value))),
      };
      return { op: 'atom', atom };
    }
    case 'string': {
      const atom: StringAtom = { kind: 'texts', texts: values as string[] };
      return { op: 'atom', atom };
    }
  }
}

function numberConditions(node: SchemaKeywords): Expression<NumberAtom>[] {
  const atoms: NumberAtom[] = [];
  if (wantsIntegers(node)) atoms.push({ kind: 'integer' });
  for (const [kind, plain, strict] of [
    ['least', 'minimum', 'exclusiveMinimum'],
    ['most', 'maximum', 'exclusiveMaximum'],
  ] as const) {
    // In draft 4 the exclusive one is a flag of the other.
    const flag = keywordOf(node, strict);
    const value = numberOf(node, plain);
    if (value !== null) atoms.push({ kind, bound: { value, exclusive: flag === true } });
    if (typeof flag === 'boolean') continue;
    const exclusive = numberOf(node, strict);
    if (exclusive !== null) atoms.push({ kind, bound: { value: exclusive, exclusive: true } });
  }
  const multiple = numberOf(node, 'multipleOf');
  if (multiple !== null) {
    if (multiple.negative || multiple.digits === '') {
      throw malformed('multipleOf must be above 0', pointerTo(node.pointer, 'multipleOf'));
    }
    atoms.push({ kind: 'multiple', of: multiple });
  }
  return atoms.map((atom) => ({ op: 'atom', atom }));
}
