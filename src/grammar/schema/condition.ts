import type { SchemaNode } from './schema-document.js';

/** That a value fits a schema, or that it doesn't. */
export interface Literal {
  readonly node: SchemaNode;
  readonly positive: boolean;
}

/** Schemas that one value has to fit, or not to fit, all at once. */
export interface Condition {
  /** Counts from 0; the same literals have the same number. */
  readonly id: number;
  readonly literals: readonly Literal[];
}

const numberOf = ({ node, positive }: Literal): number => node.id * 2 + (positive ? 0 : 1);

const isSame = (a: Literal, b: Literal): boolean => a.node === b.node && a.positive === b.positive;

const ascending = (a: number, b: number): number => a - b;

/** Gives each set of literals one condition, so that recursion comes to an end. */
export class Conditions {
  /** By the numbers of their literals, of one and of others. */
  readonly #ofOnes = new Map<number, Condition>();
  readonly #known = new Map<string, Condition>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  of(literals: readonly Literal[]): Condition {
    const [only] = literals;
    if (literals.length === 1 && only!.node.value !== only!.positive) return this.#ofOne(only!);
    const different: Literal[] = [];
    for (const literal of literals) {
      const isPlain = literal.node.value === literal.positive;
      if (!isPlain && !different.some((other) => isSame(other, literal))) different.push(literal);
    }
    if (different.length === 1) return this.#ofOne(different[0]!);
    const key = different.map(numberOf).sort(ascending).join();
    let condition = this.#known.get(key);
    if (condition === undefined) {
      condition = { id: this.#count++, literals: different };
      this.#known.set(key, condition);
    }
    return condition;
  }

  #ofOne(literal: Literal): Condition {
    const number = numberOf(literal);
    let condition = this.#ofOnes.get(number);
    if (condition === undefined) {
      condition = { id: this.#count++, literals: [literal] };
      this.#ofOnes.set(number, condition);
    }
    return condition;
  }
}
