/**
 * The shapes of conditions. They lead to the conditions of what lies inside, each of which is made
 * once; those that no value fits are found on the way.
 */
import { GrammarError, unsupported } from '../grammar-error.js';
import { intersection } from '../language/combine.js';
import type { Language } from '../language/language.js';
import { textsOfLength, UNBOUNDED } from '../language/lengths.js';
import { languageOf } from '../language/text-list.js';
import { regexLanguage } from '../regex/determinize.js';
import { Alternatives, negated, type ArrayAlternative, type CompoundType } from './alternatives.js';
import { Conditions, type Condition, type Literal } from './condition.js';
import { all, evaluate, not, type Expression } from './expression.js';
import { numberSet, type KnownLanguages } from './numbers.js';
import { ObjectShapes } from './object-shapes.js';
import {
  FALSE,
  NULL,
  ScalarConditions,
  TRUE,
  type ScalarAtoms,
  type ScalarType,
} from './scalar-conditions.js';
import type { SchemaDocument } from './schema-document.js';
import {
  eachChild,
  isArrayProductive,
  isNever,
  isObjectProductive,
  isProductive,
  type ArrayShape,
  type ObjectShape,
  type Shape,
} from './shape.js';
import { stringSet } from './strings.js';
import { areToldApart } from './told-apart.js';

/** Conditions of one schema: far more than any that can be used has. */
const MAX_CONDITIONS = 10_000;
/** Values that `uniqueItems` can tell apart. */
const MAX_UNIQUE = 30;

export class Shapes {
  readonly document: SchemaDocument;
  readonly conditions = new Conditions();
  readonly #scalars: ScalarConditions;
  readonly #alternatives: Alternatives;
  readonly #objects: ObjectShapes;
  readonly #patterns = new Map<string, Language>();
  readonly #numbers: KnownLanguages = new Map();
  /** By the conditions' numbers. */
  readonly #shapes: (Shape | undefined)[] = [];
  readonly #arrays: (readonly ArrayShape[] | undefined)[] = [];
  readonly #objectShapes: (readonly ObjectShape[] | undefined)[] = [];
  /** Conditions of which it is known whether a value fits them, and those that one does. */
  readonly #resolved = new Set<Condition>();
  readonly #productive = new Set<Condition>();
  readonly #making = new Set<Condition>();
  readonly #tick: () => void;

  /** `tick` is called again and again, and throws when time is up. */
  constructor(document: SchemaDocument, tick: () => void) {
    this.document = document;
    this.#tick = tick;
    this.#scalars = new ScalarConditions(document, (source, pointer) =>
      this.#pattern(source, pointer),
    );
    this.#alternatives = new Alternatives(document, {
      disjoint: (a, b, type) => this.#disjoint(a, b, type),
    });
    this.#objects = new ObjectShapes({
      document,
      conditions: this.conditions,
      pattern: (source, pointer) => this.#pattern(source, pointer),
      namesOf: (literals) => this.#namesOf(literals),
      tick,
    });
  }

  shapeOf(condition: Condition): Shape {
    let shape = this.#shapes[condition.id];
    if (shape === undefined) {
      if (this.conditions.count > MAX_CONDITIONS) {
        throw new GrammarError('tooComplex', `more than ${MAX_CONDITIONS} conditions`);
      }
      this.#tick();
      shape = {
        words: this.#words(condition),
        numbers: numberSet(this.#scalar(condition, 'number'), this.#numbers, this.#tick),
        strings: stringSet(this.#scalar(condition, 'string'), this.#tick),
        arrays: this.#arraysOf(condition),
        objects: this.#objectsOf(condition),
      };
      this.#shapes[condition.id] = shape;
    }
    return shape;
  }

  #arraysOf(condition: Condition): readonly ArrayShape[] {
    return (this.#arrays[condition.id] ??= this.#alternatives
      .ofAll(condition.literals, 'array')
      .flatMap((alternative) => this.#arrayShape(alternative) ?? []));
  }

  #objectsOf(condition: Condition): readonly ObjectShape[] {
    return (this.#objectShapes[condition.id] ??= this.#alternatives
      .ofAll(condition.literals, 'object')
      .flatMap((alternative) => this.#objects.shapeOf(condition, alternative) ?? []));
  }

  /** Whether some value fits a condition. */
  isProductive(root: Condition): boolean {
    this.#resolve(root);
    return this.#productive.has(root);
  }

  /** Whether some value fits each condition that can be reached from one: the least fixed point. */
  #resolve(root: Condition): void {
    if (this.#resolved.has(root)) return;
    const reached = [root];
    const seen = new Set(reached);
    const reach = (condition: Condition): void => {
      if (seen.has(condition) || this.#resolved.has(condition)) return;
      seen.add(condition);
      reached.push(condition);
    };
    for (const condition of reached) eachChild(this.shapeOf(condition), reach);
    for (let grown = true; grown;) {
      grown = false;
      // What lies deepest was reached last, so that one round finds nearly all.
      for (let i = reached.length - 1; i >= 0; i--) {
        const condition = reached[i]!;
        if (this.#productive.has(condition)) continue;
        if (!isProductive(this.shapeOf(condition), this.#productive)) continue;
        this.#productive.add(condition);
        grown = true;
      }
    }
    for (const condition of reached) this.#resolved.add(condition);
  }

  /** Of a condition that some value fits: its shape, without arrays and objects that none fits. */
  productiveShape(condition: Condition): Shape {
    const shape = this.shapeOf(condition);
    return {
      ...shape,
      arrays: shape.arrays.filter((array) => isArrayProductive(array, this.#productive)),
      objects: shape.objects.filter((object) => isObjectProductive(object, this.#productive)),
    };
  }

  #scalar<T extends ScalarType>({ literals }: Condition, type: T): Expression<ScalarAtoms[T]> {
    const ofLiteral = ({ node, positive }: Literal): Expression<ScalarAtoms[T]> => {
      const condition = this.#scalars.of(node, type);
      return positive ? condition : not(condition);
    };
    return literals.length === 1 ? ofLiteral(literals[0]!) : all(literals.map(ofLiteral));
  }

  #words(condition: Condition): number {
    const hasNull = evaluate(this.#scalar(condition, 'null'), () => true);
    const booleans = this.#scalar(condition, 'boolean');
    const has = (bit: number): boolean => evaluate(booleans, (mask) => (mask & bit) !== 0);
    return (hasNull ? NULL : 0) | (has(FALSE) ? FALSE : 0) | (has(TRUE) ? TRUE : 0);
  }

  #pattern(source: string, pointer: string): Language {
    let language = this.#patterns.get(source);
    if (language === undefined) {
      this.#tick();
      try {
        language = regexLanguage(source, 'search', this.#tick);
      } catch (error) {
        if (!(error instanceof GrammarError)) throw error;
        throw new GrammarError(error.fault, `pattern: ${error.message}`, pointer);
      }
      this.#patterns.set(source, language);
    }
    return language;
  }

  /** Whether no object or array can fit both; a schema that is still being read may fit anything. */
  #disjoint(a: Literal, b: Literal, type: CompoundType): boolean {
    if (type === 'object' && this.#areToldApart(a, b)) return true;
    const condition = this.conditions.of([a, b]);
    if (this.#making.has(condition)) return false;
    this.#making.add(condition);
    try {
      this.#tick();
      const resolve = (child: Condition): void => {
        this.#resolve(child);
      };
      if (type === 'object') {
        const objects = this.#objectsOf(condition);
        eachChild({ objects, arrays: [] }, resolve);
        return !objects.some((object) => isObjectProductive(object, this.#productive));
      }
      const arrays = this.#arraysOf(condition);
      eachChild({ objects: [], arrays }, resolve);
      return !arrays.some((array) => isArrayProductive(array, this.#productive));
    } finally {
      this.#making.delete(condition);
    }
  }

  /** Whether a property that must be there tells all objects of two schemas apart, as tags do. */
  #areToldApart(a: Literal, b: Literal): boolean {
    const [first, second] = [a, b].map((one) => this.#alternatives.ofAll([one], 'object'));
    return areToldApart(first!, second!, (literals) => {
      const condition = this.conditions.of(literals);
      const strings = stringSet(this.#scalar(condition, 'string'), this.#tick);
      return strings === null ? [] : strings.texts;
    });
  }

  /** What `propertyNames` lets through: null for no name at all. */
  #namesOf(literals: readonly Literal[]): Language | null {
    const set = stringSet(this.#scalar(this.conditions.of(literals), 'string'), this.#tick);
    if (set === null) return null;
    const language = languageOf(set.language);
    const bounded = set.least > 0 || set.most !== UNBOUNDED;
    return bounded ? intersection([language, textsOfLength(set.least, set.most)]) : language;
  }

  #arrayShape(alternative: ArrayAlternative): ArrayShape | null {
    const { blocks, least, unique } = alternative;
    let { most } = alternative;
    const length = Math.max(0, ...blocks.map(({ prefix }) => prefix.length));
    const literalsAt = (index: number): Literal[] =>
      blocks.flatMap(({ prefix, rest }) => prefix[index] ?? rest ?? []);
    const prefix = Array.from({ length }, (_, i) => this.conditions.of(literalsAt(i)));
    const rest = this.conditions.of(blocks.flatMap((block) => block.rest ?? []));
    const never = prefix.findIndex(isNever);
    if (never >= 0) most = Math.min(most, never);
    else if (isNever(rest)) most = Math.min(most, length);
    if (least > most) return null;

    const contained = alternative.contains.filter((one) => one.least > 0 || one.most !== UNBOUNDED);
    if (contained.length > 1) {
      throw unsupported('contains from more than one schema', contained[1]!.pointer);
    }
    const shape = { prefix, rest, least, most, contains: null, unique: null };
    if (unique !== null && most > 1) {
      if (prefix.length > 0 || contained.length > 0) {
        throw unsupported('uniqueItems beside prefixItems or contains', unique);
      }
      return { ...shape, unique: this.#uniqueValues(rest, unique) };
    }
    if (contained.length === 0) return shape;
    return this.#containing(shape, contained[0]!, literalsAt);
  }

  #containing(
    shape: ArrayShape,
    { literal, least, most, pointer }: ArrayAlternative['contains'][number],
    literalsAt: (index: number) => Literal[],
  ): ArrayShape | null {
    if (least > most || least > shape.most) return null;
    if (shape.prefix.length > 0) throw unsupported('contains beside prefixItems', pointer);
    const items = literalsAt(0);
    const others = most === UNBOUNDED ? items : [...items, negated(literal)];
    return {
      ...shape,
      rest: this.conditions.of(others),
      contains: {
        rest: this.conditions.of([...items, literal]),
        least,
        most,
      },
    };
  }

  /** All values of a condition, as conditions of their own. */
  #uniqueValues(condition: Condition, pointer: string): readonly Condition[] {
    const { words, numbers, strings, arrays, objects } = this.shapeOf(condition);
    const finite =
      arrays.length === 0 &&
      objects.length === 0 &&
      (numbers === null || numbers.texts !== null) &&
      (strings === null || strings.texts !== null);
    const values: unknown[] = [
      ...((words & NULL) === 0 ? [] : [null]),
      ...((words & FALSE) === 0 ? [] : [false]),
      ...((words & TRUE) === 0 ? [] : [true]),
      ...(numbers?.texts?.map(Number) ?? []),
      ...(strings?.texts ?? []),
    ];
    if (!finite || values.length > MAX_UNIQUE) {
      throw unsupported(
        `uniqueItems of items that are no enumeration of at most ${MAX_UNIQUE} values`,
        pointer,
      );
    }
    const base = this.document.root.base;
    return values.map((value) =>
      this.conditions.of([
        { node: this.document.node({ const: value }, pointer, base), positive: true },
      ]),
    );
  }
}
