import { KingletError } from '../../errors.js';

/** How one distribution of the next token is from another, by their logits. */
export interface Divergence {
  /** KL(P||Q) in nats: what is lost where Q stands for P. */
  readonly kl: number;
  /** Both find the same token likeliest. */
  readonly agree: boolean;
  /** The negated log-probabilities that P and Q give to a token. */
  readonly nll: readonly [p: number, q: number];
}

/** Rows of as many logits each; throws `not_finite` where one is no number. */
export function divergence(p: Float32Array, q: Float32Array, next: number): Divergence {
  const [ofP, ofQ] = [shiftOf(p), shiftOf(q)];
  let kl = 0;
  for (let i = 0; i < p.length; i++) {
    const logP = (p[i] ?? NaN) - ofP.shift;
    kl += Math.exp(logP) * (logP - ((q[i] ?? NaN) - ofQ.shift));
  }
  const nll = [ofP.shift - (p[next] ?? NaN), ofQ.shift - (q[next] ?? NaN)] as const;
  if (!Number.isFinite(kl + nll[0] + nll[1])) {
    throw new KingletError('not_finite', 'A model computed logits that are not finite.');
  }
  // Rounding can leave it a little below nothing.
  return { kl: Math.max(0, kl), agree: ofP.best === ofQ.best, nll };
}

/** The logarithm of the sum of exponentials, and where the largest logit is. */
function shiftOf(row: Float32Array): { readonly shift: number; readonly best: number } {
  let best = 0;
  let most = -Infinity;
  for (let i = 0; i < row.length; i++) {
    const logit = row[i] ?? NaN;
    if (logit > most) [most, best] = [logit, i];
  }
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp((row[i] ?? NaN) - most);
  return { shift: most + Math.log(sum), best };
}
