import type { CodePointSet } from '../../tokenizer/unicode/code-point-set.js';

/** `boundary` and `inside` are `\b` and `\B`. */
export type Place = 'start' | 'end' | 'boundary' | 'inside';

/** Several may be in one place of a text. */
export const PLACE_BITS: Readonly<Record<Place, number>> = {
  start: 1,
  end: 2,
  boundary: 4,
  inside: 8,
};

/** A regular expression as it was read: also what a search needs to know, and a grammar does not. */
export type RegexNode =
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly node: RegexNode;
      readonly least: number;
      /** Infinity where there is no bound. */
      readonly most: number;
      readonly lazy: boolean;
      /** Groups within, from the first to before `end`: each turn forgets what they held. */
      readonly groups: readonly [first: number, end: number];
    }
  /** A group that captures; they count from 0. */
  | { readonly kind: 'group'; readonly node: RegexNode; readonly number: number }
  | { readonly kind: 'place'; readonly place: Place };

/** Whether a node can match without taking a character. */
export function isNullable(node: RegexNode): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'place':
      return true;
    case 'group':
      return isNullable(node.node);
    case 'repeat':
      return node.least === 0 || isNullable(node.node);
    case 'sequence':
      return node.parts.every(isNullable);
    case 'choice':
      return node.parts.some(isNullable);
  }
}
