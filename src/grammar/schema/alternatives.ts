/**
 * What a schema says of objects and arrays, as alternatives: each a plain conjunction of keywords,
 * so that a value fits the schema if it fits one of them. References, allOf, anyOf, oneOf, not and
 * if are resolved here.
 */
import { tooComplex, unsupported } from '../grammar-error.js';
import { UNBOUNDED } from '../language/lengths.js';
import type { Literal } from './condition.js';
import {
  countOf,
  keywordOf,
  listOf,
  namesOf,
  objectOf,
  stringOf,
  type SchemaKeywords,
} from './keywords.js';
import {
  endless,
  entriesOf,
  isObject,
  pointerTo,
  type SchemaDocument,
  type SchemaNode,
  type SchemaObject,
} from './schema-document.js';
import { allowsType, typeOfValue } from './types.js';

interface PatternProperty {
  readonly source: string;
  readonly pointer: string;
  readonly literal: Literal;
}

/** Properties of one schema: what its `additionalProperties` means depends on the others. */
interface PropertyBlock {
  readonly properties: ReadonlyMap<string, Literal>;
  readonly patterns: readonly PatternProperty[];
  readonly additional: Literal | null;
}

export interface ObjectAlternative {
  readonly blocks: readonly PropertyBlock[];
  readonly required: readonly string[];
  readonly least: number;
  readonly most: number;
  /** Conditions of every name. */
  readonly names: readonly Literal[];
}

export interface ItemBlock {
  readonly prefix: readonly Literal[];
  readonly rest: Literal | null;
}

interface Contained {
  readonly literal: Literal;
  readonly least: number;
  readonly most: number;
  readonly pointer: string;
}

export interface ArrayAlternative {
  readonly blocks: readonly ItemBlock[];
  readonly least: number;
  readonly most: number;
  readonly contains: readonly Contained[];
  /** The pointer of `uniqueItems`, or null. */
  readonly unique: string | null;
}

export interface CompoundAlternatives {
  readonly object: ObjectAlternative;
  readonly array: ArrayAlternative;
}

export type CompoundType = keyof CompoundAlternatives;
type Alternative = ObjectAlternative | ArrayAlternative;

const ANY_OBJECT: ObjectAlternative = {
  blocks: [],
  required: [],
  least: 0,
  most: UNBOUNDED,
  names: [],
};
const ANY_ARRAY: ArrayAlternative = {
  blocks: [],
  least: 0,
  most: UNBOUNDED,
  contains: [],
  unique: null,
};

const MAX_ALTERNATIVES = 512;
const IN_PLACE_DEPTH = 200;

/** What stands in another schema's place, told by the condition machinery above this one. */
export interface Disjointness {
  /** Whether no value of the type can fit both; false where that can't be told. */
  disjoint(a: Literal, b: Literal, type: CompoundType): boolean;
}

export class Alternatives {
  readonly #document: SchemaDocument;
  readonly #disjointness: Disjointness;
  readonly #known = new Map<string, readonly Alternative[]>();
  readonly #always: Literal;
  readonly #never: Literal;
  #depth = 0;

  constructor(document: SchemaDocument, disjointness: Disjointness) {
    this.#document = document;
    this.#disjointness = disjointness;
    this.#always = { node: document.always, positive: true };
    this.#never = { node: document.never, positive: true };
  }

  /** Of all literals together. */
  ofAll<T extends CompoundType>(
    literals: readonly Literal[],
    type: T,
  ): readonly CompoundAlternatives[T][] {
    return literals.reduce<readonly Alternative[]>(
      (before, literal) => (before.length === 0 ? before : both(before, this.#of(literal, type))),
      [type === 'object' ? ANY_OBJECT : ANY_ARRAY],
    ) as readonly CompoundAlternatives[T][];
  }

  #of(literal: Literal, type: CompoundType): readonly Alternative[] {
    const { node, positive } = literal;
    if (typeof node.value === 'boolean') return node.value === positive ? everything(type) : [];
    const key = `${node.id}${positive ? '+' : '-'}${type}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      if (++this.#depth > IN_PLACE_DEPTH) {
        throw endless(node.pointer);
      }
      const keywords = node as SchemaKeywords;
      known = positive ? this.#fits(keywords, type) : this.#fails(keywords, type);
      this.#depth--;
      this.#known.set(key, known);
    }
    return known;
  }

  #literal(node: SchemaKeywords, value: unknown, ...names: (string | number)[]): Literal {
    return { node: this.#document.child(node, value, ...names), positive: true };
  }

  #literals(node: SchemaKeywords, name: string): Literal[] {
    return (listOf(node, name) ?? []).map((value, i) => this.#literal(node, value, name, i));
  }

  #reference(node: SchemaKeywords): Literal | null {
    refuseDynamicReferences(node);
    const reference = stringOf(node, '$ref');
    return reference === null
      ? null
      : { node: this.#document.resolve(node, reference), positive: true };
  }

  #fits(node: SchemaKeywords, type: CompoundType): readonly Alternative[] {
    const reference = this.#reference(node);
    if (reference !== null && this.#document.lonelyRefs) return this.#of(reference, type);
    if (!allowsType(node, type)) return [];
    let sofar: readonly Alternative[] = everything(type);
    const and = (more: readonly Alternative[]): void => {
      sofar = both(sofar, more);
      if (sofar.length > MAX_ALTERNATIVES) throw tooMany(node);
    };
    for (const own of this.#own(node, type)) and(own());
    if (reference !== null) and(this.#of(reference, type));
    for (const part of this.#literals(node, 'allOf')) and(this.#of(part, type));
    if (keywordOf(node, 'anyOf') !== undefined) {
      and(this.#literals(node, 'anyOf').flatMap((part) => this.#of(part, type)));
    }
    if (keywordOf(node, 'oneOf') !== undefined) {
      and(this.#exactlyOne(this.#literals(node, 'oneOf'), type));
    }
    for (const more of this.#conditional(node, type)) and(more);
    return sofar;
  }

  /** What `not` and `if` ask for. */
  *#conditional(node: SchemaKeywords, type: CompoundType): Generator<readonly Alternative[]> {
    const excluded = keywordOf(node, 'not');
    if (excluded !== undefined) yield this.#of(negated(this.#literal(node, excluded, 'not')), type);
    const test = keywordOf(node, 'if');
    if (test === undefined) return;
    const condition = this.#literal(node, test, 'if');
    const then = this.#literal(node, keywordOf(node, 'then') ?? true, 'then');
    const otherwise = this.#literal(node, keywordOf(node, 'else') ?? true, 'else');
    if (then.node.value === true && otherwise.node.value === true) return;
    yield [
      ...both(this.#of(condition, type), this.#of(then, type)),
      ...both(this.#of(negated(condition), type), this.#of(otherwise, type)),
    ];
  }

  /** Alternatives of each branch alone, with the others left out where they could overlap. */
  #exactlyOne(branches: readonly Literal[], type: CompoundType): readonly Alternative[] {
    const possible = branches.filter((branch) => this.#of(branch, type).length > 0);
    return possible.flatMap((branch) => {
      const rivals = possible.filter(
        (other) => other !== branch && !this.#disjointness.disjoint(branch, other, type),
      );
      return rivals.reduce(
        (alone, rival) => both(alone, this.#of(negated(rival), type)),
        this.#of(branch, type),
      );
    });
  }

  /** One list of alternatives for each keyword that the schema itself has for the type. */
  #own(node: SchemaKeywords, type: CompoundType): (() => readonly Alternative[])[] {
    const values = this.#values(node, type);
    const conditions: (() => readonly Alternative[])[] = values === null ? [] : [() => values];
    if (type === 'array') conditions.push(() => [this.#arrayKeywords(node)]);
    else {
      conditions.push(() => [this.#objectKeywords(node)]);
      conditions.push(...this.#dependencies(node).map((choices) => () => this.#either(choices)));
    }
    return conditions;
  }

  /** Alternatives of some conditions, each a list of literals and of object alternatives. */
  #either(choices: readonly (readonly (Literal | ObjectAlternative)[])[]): readonly Alternative[] {
    return choices.flatMap((choice) =>
      choice.reduce<readonly Alternative[]>(
        (sofar, part) => both(sofar, 'node' in part ? this.#of(part, 'object') : [part]),
        everything('object'),
      ),
    );
  }

  // --- enum and const

  #values(node: SchemaKeywords, type: CompoundType): readonly Alternative[] | null {
    const listed = listOf(node, 'enum');
    const single = Object.hasOwn(node.value, 'const');
    if (listed === null && !single) return null;
    const named = single ? [node.value['const']] : (listed ?? []);
    const values = named.filter((value) => typeOfValue(value) === type);
    if (listed !== null && single) {
      const wanted = listed.map((value) => JSON.stringify(value));
      return values
        .filter((value) => wanted.includes(JSON.stringify(value)))
        .map((value) => this.#value(node, value));
    }
    return values.map((value) => this.#value(node, value));
  }

  #constant(node: SchemaKeywords, value: unknown): Literal {
    return {
      node: this.#document.node({ const: value }, node.pointer, node.base),
      positive: true,
    };
  }

  #value(node: SchemaKeywords, value: unknown): Alternative {
    if (Array.isArray(value)) {
      const prefix = value.map((item) => this.#constant(node, item));
      return {
        ...ANY_ARRAY,
        blocks: [{ prefix, rest: null }],
        least: value.length,
        most: value.length,
      };
    }
    const properties = new Map<string, Literal>();
    for (const [name, member] of entriesOf(value as SchemaObject)) {
      properties.set(name, this.#constant(node, member));
    }
    return {
      ...ANY_OBJECT,
      blocks: [{ properties, patterns: [], additional: this.#never }],
      required: [...properties.keys()],
    };
  }

  // --- objects

  #objectKeywords(node: SchemaKeywords): ObjectAlternative {
    const properties = new Map<string, Literal>();
    for (const [name, value] of entriesOf(objectOf(node, 'properties') ?? {})) {
      properties.set(name, this.#literal(node, value, 'properties', name));
    }
    const patterns: PatternProperty[] = [];
    for (const [source, value] of entriesOf(objectOf(node, 'patternProperties') ?? {})) {
      const literal = this.#literal(node, value, 'patternProperties', source);
      patterns.push({ source, literal, pointer: literal.node.pointer });
    }
    const additional = this.#additional(node);
    const block = { properties, patterns, additional };
    const isPlain = properties.size === 0 && patterns.length === 0 && additional === null;
    const names = keywordOf(node, 'propertyNames');
    const dependent = this.#dependentNames(node);
    return {
      blocks: isPlain ? [] : [block],
      required: requiredNames(node, dependent),
      least: countOf(node, 'minProperties', 0),
      most: countOf(node, 'maxProperties', UNBOUNDED),
      names: names === undefined ? [] : [this.#literal(node, names, 'propertyNames')],
    };
  }

  #additional(node: SchemaKeywords): Literal | null {
    const value = keywordOf(node, 'additionalProperties');
    const unevaluated = keywordOf(node, 'unevaluatedProperties');
    if (value === undefined && unevaluated !== undefined && unevaluated !== true) {
      refuseBesideOthers(node, 'unevaluatedProperties');
      return this.#literal(node, unevaluated, 'unevaluatedProperties');
    }
    if (value === undefined || value === true) return null;
    return this.#literal(node, value, 'additionalProperties');
  }

  /** `dependentRequired`, and draft 7's `dependencies` on names. */
  #dependentNames(node: SchemaKeywords): [name: string, needed: readonly string[]][] {
    const needed: [string, readonly string[]][] = [];
    for (const key of ['dependentRequired', 'dependencies']) {
      for (const [name, value] of entriesOf(objectOf(node, key) ?? {})) {
        if (Array.isArray(value)) needed.push([name, value.map(String)]);
        else if (typeof value === 'string') needed.push([name, [value]]);
      }
    }
    return needed;
  }

  #dependencies(node: SchemaKeywords): (readonly (Literal | ObjectAlternative)[])[][] {
    const required = new Set(requiredNames(node, this.#dependentNames(node)));
    const choices: (readonly (Literal | ObjectAlternative)[])[][] = [];
    for (const [name, needed] of this.#dependentNames(node)) {
      if (required.has(name)) continue;
      choices.push([[this.#absent(name)], [present([name, ...needed])]]);
    }
    for (const key of ['dependentSchemas', 'dependencies']) {
      for (const [name, value] of entriesOf(objectOf(node, key) ?? {})) {
        if (!isObject(value) && typeof value !== 'boolean') continue;
        const literal = this.#literal(node, value, key, name);
        choices.push([[this.#absent(name)], [present([name]), literal]]);
      }
    }
    return choices;
  }

  #absent(name: string): ObjectAlternative {
    return this.#property(name, this.#never);
  }

  #property(name: string, literal: Literal): ObjectAlternative {
    const block = { properties: new Map([[name, literal]]), patterns: [], additional: null };
    return { ...ANY_OBJECT, blocks: [block] };
  }

  // --- arrays

  #arrayKeywords(node: SchemaKeywords): ArrayAlternative {
    const { prefix, rest } = this.#items(node);
    const contains = keywordOf(node, 'contains');
    const unique = keywordOf(node, 'uniqueItems') === true;
    return {
      blocks: prefix.length === 0 && rest === null ? [] : [{ prefix, rest }],
      least: countOf(node, 'minItems', 0),
      most: countOf(node, 'maxItems', UNBOUNDED),
      contains:
        contains === undefined
          ? []
          : [
              {
                literal: this.#literal(node, contains, 'contains'),
                least: countOf(node, 'minContains', 1),
                most: countOf(node, 'maxContains', UNBOUNDED),
                pointer: pointerTo(node.pointer, 'contains'),
              },
            ],
      unique: unique ? pointerTo(node.pointer, 'uniqueItems') : null,
    };
  }

  #items(node: SchemaKeywords): ItemBlock {
    const items = keywordOf(node, 'items');
    // Before 2020-12 a list in `items` was what `prefixItems` is now.
    const old = Array.isArray(items);
    const prefix = old ? this.#literals(node, 'items') : this.#literals(node, 'prefixItems');
    const restName = old ? 'additionalItems' : 'items';
    let rest = keywordOf(node, restName);
    if (rest === undefined && keywordOf(node, 'unevaluatedItems') !== undefined) {
      refuseBesideOthers(node, 'unevaluatedItems');
      rest = keywordOf(node, 'unevaluatedItems');
    }
    return {
      prefix,
      rest: rest === undefined || rest === true ? null : this.#literal(node, rest, restName),
    };
  }

  // --- what does not fit

  /** A value fails a schema if it fails one of its keywords. */
  #fails(node: SchemaKeywords, type: CompoundType): readonly Alternative[] {
    const reference = this.#reference(node);
    const notReferred = reference === null ? [] : this.#of(negated(reference), type);
    if (reference !== null && this.#document.lonelyRefs) return notReferred;
    if (!allowsType(node, type)) return everything(type);
    const failures: (readonly Alternative[])[] = [
      notReferred,
      this.#failsValues(node, type),
      type === 'object' ? this.#failsObject(node) : this.#failsArray(node),
      ...this.#literals(node, 'allOf').map((part) => this.#of(negated(part), type)),
    ];
    if (keywordOf(node, 'anyOf') !== undefined) {
      failures.push(this.ofAll(this.#literals(node, 'anyOf').map(negated), type));
    }
    if (keywordOf(node, 'oneOf') !== undefined) {
      const branches = this.#literals(node, 'oneOf');
      failures.push(this.ofAll(branches.map(negated), type));
      branches.forEach((a, i) => {
        for (const b of branches.slice(i + 1)) failures.push(this.ofAll([a, b], type));
      });
    }
    const excluded = keywordOf(node, 'not');
    if (excluded !== undefined) failures.push(this.#of(this.#literal(node, excluded, 'not'), type));
    const test = keywordOf(node, 'if');
    if (test !== undefined) {
      const condition = this.#literal(node, test, 'if');
      const then = this.#literal(node, keywordOf(node, 'then') ?? true, 'then');
      const otherwise = this.#literal(node, keywordOf(node, 'else') ?? true, 'else');
      failures.push(this.ofAll([condition, negated(then)], type));
      failures.push(this.ofAll([negated(condition), negated(otherwise)], type));
    }
    const found = failures.flat();
    if (found.length > MAX_ALTERNATIVES) throw tooMany(node);
    return found;
  }

  #failsValues(node: SchemaKeywords, type: CompoundType): readonly Alternative[] {
    const listed = listOf(node, 'enum');
    const single = Object.hasOwn(node.value, 'const');
    if (listed === null && !single) return [];
    const failsOne = (value: unknown): readonly Alternative[] =>
      typeOfValue(value) !== type ? everything(type) : this.#failsValue(node, value);
    const fromList = listed?.map(failsOne).reduce(both, everything(type)) ?? [];
    return single ? [...fromList, ...failsOne(node.value['const'])] : fromList;
  }

  #failsValue(node: SchemaKeywords, value: unknown): readonly Alternative[] {
    if (Array.isArray(value)) {
      const { length } = value;
      return [
        { ...ANY_ARRAY, least: length + 1 },
        ...(length === 0 ? [] : [{ ...ANY_ARRAY, most: length - 1 }]),
        ...value.map((item, i) => this.#itemFails(this.#constant(node, item), i)),
      ];
    }
    const members = entriesOf(value as SchemaObject);
    const names = members.map(([name]) => name);
    return [
      ...members.flatMap(([name, member]) => [
        this.#absent(name),
        this.#propertyFails(name, this.#constant(node, member)),
      ]),
      { ...present(names), least: names.length + 1 },
    ];
  }

  #propertyFails(name: string, literal: Literal): ObjectAlternative {
    return { ...this.#property(name, negated(literal)), required: [name] };
  }

  #itemFails(literal: Literal, index: number): ArrayAlternative {
    const prefix = [...new Array<Literal>(index).fill(this.#always), negated(literal)];
    return { ...ANY_ARRAY, blocks: [{ prefix, rest: null }], least: index + 1 };
  }

  #failsObject(node: SchemaKeywords): readonly Alternative[] {
    const own = this.#objectKeywords(node);
    const failures: Alternative[] = own.required.map((name) => this.#absent(name));
    for (const { properties, patterns, additional } of own.blocks) {
      for (const [name, literal] of properties) failures.push(this.#propertyFails(name, literal));
      if (patterns.some(({ literal }) => literal.node.value !== true)) {
        throw unsupported(
          'patternProperties cannot be negated',
          pointerTo(node.pointer, 'patternProperties'),
        );
      }
      if (additional !== null) {
        throw unsupported(
          'additionalProperties cannot be negated',
          pointerTo(node.pointer, 'additionalProperties'),
        );
      }
    }
    if (own.names.length > 0) {
      throw unsupported(
        'propertyNames cannot be negated',
        pointerTo(node.pointer, 'propertyNames'),
      );
    }
    if (own.least > 0) failures.push({ ...ANY_OBJECT, most: own.least - 1 });
    if (own.most !== UNBOUNDED) failures.push({ ...ANY_OBJECT, least: own.most + 1 });
    for (const [name, needed] of this.#dependentNames(node)) {
      for (const missing of needed) {
        failures.push(...both([this.#absent(missing)], [present([name])]));
      }
    }
    for (const key of ['dependentSchemas', 'dependencies']) {
      for (const [name, value] of entriesOf(objectOf(node, key) ?? {})) {
        if (!isObject(value) && typeof value !== 'boolean') continue;
        const literal = negated(this.#literal(node, value, key, name));
        failures.push(...both([present([name])], this.#of(literal, 'object')));
      }
    }
    return failures;
  }

  #failsArray(node: SchemaKeywords): readonly Alternative[] {
    const own = this.#arrayKeywords(node);
    const failures: Alternative[] = [];
    if (own.least > 0) failures.push({ ...ANY_ARRAY, most: own.least - 1 });
    if (own.most !== UNBOUNDED) failures.push({ ...ANY_ARRAY, least: own.most + 1 });
    for (const { prefix, rest } of own.blocks) {
      failures.push(...prefix.map((literal, i) => this.#itemFails(literal, i)));
      if (rest === null) continue;
      if (prefix.length > 0) {
        throw unsupported('items behind a prefix cannot be negated', rest.node.pointer);
      }
      const contained = {
        literal: negated(rest),
        least: 1,
        most: UNBOUNDED,
        pointer: rest.node.pointer,
      };
      failures.push({ ...ANY_ARRAY, contains: [contained] });
    }
    for (const { literal, least, most, pointer } of own.contains) {
      if (least !== 1 || most !== UNBOUNDED) {
        throw unsupported('contains with counts cannot be negated', pointer);
      }
      failures.push({ ...ANY_ARRAY, blocks: [{ prefix: [], rest: negated(literal) }] });
    }
    if (own.unique !== null) throw unsupported('uniqueItems cannot be negated', own.unique);
    return failures;
  }
}

export const negated = ({ node, positive }: Literal): Literal => ({ node, positive: !positive });

const everything = (type: CompoundType): readonly Alternative[] => [
  type === 'object' ? ANY_OBJECT : ANY_ARRAY,
];

const present = (names: readonly string[]): ObjectAlternative => ({
  ...ANY_OBJECT,
  required: names,
});

/** What fits an alternative of either list. */
function both(a: readonly Alternative[], b: readonly Alternative[]): readonly Alternative[] {
  if (a.length * b.length > MAX_ALTERNATIVES * 8) {
    throw tooComplex('the combinations of anyOf, oneOf and others are too many');
  }
  return a.flatMap((one) => b.map((other) => merged(one, other)));
}

function merged(a: Alternative, b: Alternative): Alternative {
  const [least, most] = [Math.max(a.least, b.least), Math.min(a.most, b.most)];
  if ('required' in a && 'required' in b) {
    if (b === ANY_OBJECT) return a;
    if (a === ANY_OBJECT) return b;
    return {
      blocks: [...a.blocks, ...b.blocks],
      required: [...new Set([...a.required, ...b.required])],
      least,
      most,
      names: [...a.names, ...b.names],
    };
  }
  const [x, y] = [a as ArrayAlternative, b as ArrayAlternative];
  return {
    blocks: [...x.blocks, ...y.blocks],
    least,
    most,
    contains: [...x.contains, ...y.contains],
    unique: x.unique ?? y.unique,
  };
}

/** `required`, and what it makes `dependentRequired` ask for. */
function requiredNames(
  node: SchemaKeywords,
  dependent: readonly (readonly [string, readonly string[]])[],
): string[] {
  // Draft 3 had a flag here, which later drafts ignore.
  const names = new Set(
    typeof node.value['required'] === 'boolean' ? [] : namesOf(node, 'required'),
  );
  for (let grown = true; grown;) {
    const before = names.size;
    for (const [name, needed] of dependent) {
      if (names.has(name)) for (const one of needed) names.add(one);
    }
    grown = names.size > before;
  }
  return [...names];
}

/** Keywords that look at what others beside them took can be told only where there are none. */
function refuseBesideOthers(node: SchemaKeywords, keyword: string): void {
  const others = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if', 'dependentSchemas', 'contains'];
  if (others.some((name) => keywordOf(node, name) !== undefined)) {
    throw unsupported(`${keyword} beside other schemas`, pointerTo(node.pointer, keyword));
  }
}

/** What a dynamic reference names depends on the way to it. */
function refuseDynamicReferences(node: SchemaKeywords): void {
  for (const name of ['$dynamicRef', '$recursiveRef']) {
    if (keywordOf(node, name) !== undefined) throw unsupported(name, pointerTo(node.pointer, name));
  }
}

const tooMany = (node: SchemaNode): Error =>
  tooComplex(`more than ${MAX_ALTERNATIVES} alternatives of one value`, node.pointer);
