import type { CodePointSet } from '../../tokenizer/unicode/code-point-set.js';

/** A regular expression as it was read. */
export type RegexNode =
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly node: RegexNode;
      readonly least: number;
      /** Infinity where there is no bound. */
      readonly most: number;
    }
  /** `^` and `$`: the text's first and last place. */
  | { readonly kind: 'start' | 'end' };
