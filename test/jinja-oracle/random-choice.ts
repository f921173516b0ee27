import { randomSource } from '../support/random.js';

/** Draws from a seed; what was drawn under a label is remembered, to tell cases apart. */
export class Choice {
  readonly #random: () => number;
  readonly labels = new Set<string>();

  constructor(seed: number) {
    this.#random = randomSource(seed);
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** One of `items`, of which there is at least one. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** One of several makers, each as likely as its weight. */
  weighted<T>(makers: readonly (readonly [weight: number, make: () => T])[]): T {
    let at = this.#random() * makers.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of makers) {
      at -= weight;
      if (at < 0) return make();
    }
    return makers.at(-1)![1]();
  }

  label(name: string): void {
    this.labels.add(name);
  }
}
