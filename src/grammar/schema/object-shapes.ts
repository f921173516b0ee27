import { combine } from '../language/combine.js';
import { finiteLanguage } from '../language/finite.js';
import { acceptOf, REFUSED, type Language } from '../language/language.js';
import { TextList } from '../language/text-list.js';
import type { ObjectAlternative } from './alternatives.js';
import type { Condition, Conditions, Literal } from './condition.js';
import { PropertyOrder } from './property-order.js';
import type { SchemaDocument } from './schema-document.js';
import { isNever, type ObjectShape } from './shape.js';

/** What objects ask of the schema around them. */
interface Surroundings {
  readonly document: SchemaDocument;
  readonly conditions: Conditions;
  /** The language of a pattern that stands at `pointer`. */
  pattern(source: string, pointer: string): Language;
  /** Names that all literals let through; null: none. */
  namesOf(literals: readonly Literal[]): Language | null;
  /** Called again and again; throws when time is up. */
  readonly tick: () => void;
}

type Patterns = ReadonlyMap<string, Language>;

/** Makes the shapes of objects out of their alternatives. */
export class ObjectShapes {
  readonly #around: Surroundings;
  readonly #order: PropertyOrder;
  readonly #keys = new Map<string, TextList>();

  constructor(around: Surroundings) {
    this.#around = around;
    this.#order = new PropertyOrder(around.document);
  }

  /** The shape of one of a condition's alternatives; null where it contradicts itself. */
  shapeOf(condition: Condition, alternative: ObjectAlternative): ObjectShape | null {
    const { blocks, least, most } = alternative;
    const required = new Set(alternative.required);
    if (least > most || required.size > most) return null;
    // Whatever the alternative, a condition has all its names, in one order.
    const order = this.#order.of(condition.literals.map(({ node }) => node));
    const listed = order.filter((name) => required.has(name)).length;
    const names = listed === required.size ? order : [...new Set([...order, ...required])];
    const patterns = new Map<string, Language>();
    for (const block of blocks) {
      for (const { source, pointer } of block.patterns) {
        patterns.set(source, this.#around.pattern(source, pointer));
      }
    }
    const possible =
      alternative.names.length === 0 ? undefined : this.#around.namesOf(alternative.names);
    const values = names.map((name) => this.#value(name, blocks, patterns, possible));
    const others: Condition[] = [];
    return {
      names,
      values,
      required: names.map((name) => required.has(name)),
      others,
      keys: this.#keysOf(names, others, blocks, patterns, possible),
      least,
      most,
    };
  }

  #value(
    name: string,
    blocks: ObjectAlternative['blocks'],
    patterns: Patterns,
    possible: Language | null | undefined,
  ): Condition {
    const { conditions, document } = this.#around;
    const isPossible =
      possible === undefined || (possible !== null && acceptOf(possible, name) >= 0);
    if (!isPossible) return conditions.of([{ node: document.never, positive: true }]);
    const matches = (source: string): boolean => acceptOf(patterns.get(source)!, name) >= 0;
    return conditions.of(literalsOf(blocks, name, patterns.size === 0 ? matchesNone : matches));
  }

  /** The keys' language; what its labels beyond the names stand for is added to `others`. */
  #keysOf(
    names: readonly string[],
    others: Condition[],
    blocks: ObjectAlternative['blocks'],
    patterns: Patterns,
    possible: Language | null | undefined,
  ): Language | TextList {
    const place = (literals: Literal[]): number => {
      const found = this.#around.conditions.of(literals);
      if (isNever(found)) return REFUSED;
      const at = others.indexOf(found);
      return names.length + (at >= 0 ? at : others.push(found) - 1);
    };
    if (patterns.size === 0 && possible === undefined) {
      return this.#plainKeys(names, place(literalsOf(blocks, null, matchesNone)) !== REFUSED);
    }
    const sources = [...patterns.keys()];
    const first = possible === undefined ? 1 : 2;
    const languages = [
      finiteLanguage(names, true),
      ...(possible === undefined ? [] : [possible ?? finiteLanguage([])]),
      ...patterns.values(),
    ];
    return combine(
      languages,
      (accepts) => {
        if (accepts[0]! < names.length) return accepts[0]!;
        if (first === 2 && accepts[1] === REFUSED) return REFUSED;
        const matches = (source: string): boolean =>
          accepts[first + sources.indexOf(source)] !== REFUSED;
        return place(literalsOf(blocks, null, matches));
      },
      { needed: [0], tick: this.#around.tick },
    );
  }

  /** Alternatives of one object, and objects that are alike, have their names in common. */
  #plainKeys(names: readonly string[], open: boolean): TextList {
    const key = JSON.stringify([open, ...names]);
    let keys = this.#keys.get(key);
    if (keys === undefined) this.#keys.set(key, (keys = new TextList(names, open)));
    return keys;
  }
}

const matchesNone = (): boolean => false;

/** What a property must fit; `name` is null for one that no schema lists. */
function literalsOf(
  blocks: ObjectAlternative['blocks'],
  name: string | null,
  matches: (source: string) => boolean,
): Literal[] {
  const literals: Literal[] = [];
  for (const { properties, patterns, additional } of blocks) {
    const before = literals.length;
    const own = name === null ? undefined : properties.get(name);
    if (own !== undefined) literals.push(own);
    for (const { source, literal } of patterns) if (matches(source)) literals.push(literal);
    if (literals.length === before && additional !== null) literals.push(additional);
  }
  return literals;
}
