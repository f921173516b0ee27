/** How far a model's distributions are from those of another one with the same tokens, over a text. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { divergence, type Divergence } from './divergence.js';
import type { LogitModel } from './logit-model.js';
import type { TextTokens } from './text-tokens.js';
import type { TextWindow } from './windows.js';

/** What a window brought, of each scored token. */
export interface WindowDivergence {
  /** KL(P||Q) in nats, P being the reference's. */
  readonly kl: readonly number[];
  /** Tokens at which both find the same one likeliest. */
  readonly agreed: number;
  /** Sums of negated log-probabilities, of the reference and of the model. */
  readonly nll: readonly [reference: number, model: number];
}

/** Digits of a figure in the file. */
const DIGITS = 6;

/** Puts a window through both, piece by piece: whole logits of a window would not fit in memory. */
export async function divergeOver(
  reference: LogitModel,
  model: LogitModel,
  { prefix, ids }: Pick<TextTokens, 'prefix' | 'ids'>,
  { begin, end, scoredFrom }: TextWindow,
): Promise<WindowDivergence> {
  const tokens = [...prefix, ...ids.slice(begin, end)];
  // The row before the first scored token has its distribution; the last row's is of what isn't there.
  const first = prefix.length + scoredFrom - begin - 1;
  const found: Divergence[] = [];
  const most = Math.min(reference.most, model.most);
  for (let position = 0; position < tokens.length - 1; position += most) {
    const piece = tokens.slice(position, Math.min(position + most, tokens.length - 1));
    const from = Math.max(0, Math.min(piece.length, first - position));
    const p = reference.logits(piece, position, from);
    const q = model.logits(piece, position, from);
    for (let row = from; row < piece.length; row++) {
      const next = tokens[position + row + 1] ?? 0;
      found.push(
        divergence(rowOf(p, row - from, reference.vocab), rowOf(q, row - from, model.vocab), next),
      );
    }
    await nextTurn();
  }
  return {
    kl: found.map(({ kl }) => Number(kl.toPrecision(DIGITS))),
    agreed: found.filter(({ agree }) => agree).length,
    nll: [sum(found.map(({ nll: [p] }) => p)), sum(found.map(({ nll: [, q] }) => q))],
  };
}

function rowOf(logits: Float32Array, row: number, vocab: number): Float32Array {
  return logits.subarray(row * vocab, (row + 1) * vocab);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
