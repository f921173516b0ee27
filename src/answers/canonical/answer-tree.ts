import type { Rational } from './rational.js';

/** Nodes beside each other: a product, a sum with its signs, words. */
export type Row = readonly Node[];

export type Node =
  /** `asFraction`: written with a bar, so that a whole number before it is added. */
  | {
      readonly kind: 'number';
      readonly value: Rational;
      readonly spaced: boolean;
      readonly asFraction: boolean;
    }
  /** A number as it is written: it is too long, or has more than one point. */
  | { readonly kind: 'verbatim'; readonly text: string }
  | {
      readonly kind: 'letters';
      readonly text: string;
      readonly spaced: boolean;
      readonly isText: boolean;
    }
  | { readonly kind: 'command' | 'sign'; readonly text: string }
  /** A time of day, "9:15". */
  | { readonly kind: 'clock'; readonly text: string }
  | { readonly kind: 'fraction'; readonly over: Row; readonly under: Row }
  /** `degree` is empty for a square root. */
  | { readonly kind: 'root'; readonly degree: Row; readonly of: Row }
  | { readonly kind: 'script'; readonly mark: '^' | '_'; readonly row: Row }
  /** The mark of degrees, which is dropped. */
  | { readonly kind: 'degree' }
  /** `(` or `[`, with its parts between commas, and `)` or `]`; or braces of a set. */
  | {
      readonly kind: 'group';
      readonly open: string;
      readonly close: string;
      readonly parts: readonly Row[];
    };

export const isSign = (node: Node | undefined, ...texts: readonly string[]): boolean =>
  node?.kind === 'sign' && texts.includes(node.text);

/** The row within round brackets that hold one part; undefined for what else a row may be. */
export function withinBrackets(row: Row): Row | undefined {
  const [group, ...others] = row;
  if (group?.kind !== 'group' || others.length > 0) return undefined;
  const [part, ...parts] = group.parts;
  return group.open === '(' && group.close === ')' && parts.length === 0 ? part : undefined;
}
