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

/** Gives each set of literals one condition, so that recursion comes to an end. */
export class Conditions {
  readonly #known = new Map<string, Condition>();

  get count(): number {
    return this.#known.size;
  }

  of(literals: readonly Literal[]): Condition {
    const numbers = new Map<number, Literal>();
    for (const literal of literals) {
      const { value } = literal.node;
      if (value !== literal.positive) numbers.set(numberOf(literal), literal);
    }
    const key = [...numbers.keys()].sort((a, b) => a - b).join();
    let condition = this.#known.get(key);
    if (condition === undefined) {
      condition = { id: this.#known.size, literals: [...numbers.values()] };
      this.#known.set(key, condition);
    }
    return condition;
  }
}
