/** How far an engine's distributions are from the exact ones. */
/** A figure for each position. */
export interface Divergence {
  /** KL(exact, engine) of the next token's distribution, in nats. */
  readonly kl: readonly number[];
  /** Whether both have the same most likely token. */
  readonly sameBest: readonly boolean[];
}

function best(logits: Float32Array): number {
  let index = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[index]!) index = i;
  return index;
}

/** The logarithm of the sum of all exponentials, which turns logits into log-probabilities. */
function logSum(logits: Float32Array): number {
  let most = -Infinity;
  for (let i = 0; i < logits.length; i++) most = Math.max(most, logits[i]!);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - most);
  return most + Math.log(sum);
}

/** Of two rows of logits. NaN where either has one that is not finite. */
export function klOf(exact: Float32Array, engine: Float32Array): number {
  const exactSum = logSum(exact);
  const engineSum = logSum(engine);
  let sum = 0;
  for (let i = 0; i < exact.length; i++) {
    const logProbability = exact[i]! - exactSum;
    sum += Math.exp(logProbability) * (logProbability - (engine[i]! - engineSum));
  }
  return sum;
}

/** Reads as many rows as there are exact ones. Throws where there are fewer or more, or one is not finite. */
export async function divergenceOf(
  exact: Iterable<Float32Array>,
  engine: AsyncIterable<Float32Array>,
): Promise<Divergence> {
  const kl: number[] = [];
  const sameBest: boolean[] = [];
  const rows = exact[Symbol.iterator]();
  for await (const row of engine) {
    const { value: expected } = rows.next() as IteratorResult<Float32Array, undefined>;
    if (expected?.length !== row.length) throw new Error('it gave more logits than asked for');
    const divergence = klOf(expected, row);
    if (!Number.isFinite(divergence)) throw new Error(`a logit of row ${kl.length} is not finite`);
    kl.push(divergence);
    sameBest.push(best(expected) === best(row));
  }
  if (rows.next().done !== true) throw new Error(`it gave the logits of ${kl.length} rows only`);
  return { kl, sameBest };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;

/** Of the mean of values that are taken as independent. */
export function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const variance = mean(values.map((x) => (x - middle) ** 2));
  return Math.sqrt(variance / (values.length - 1));
}

/** The smallest value that `share` of all values don't exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** One mean by the other's, and its standard error, the positions being the same. */
export function ratioOf(
  ours: readonly number[],
  theirs: readonly number[],
): { readonly ratio: number; readonly error: number } {
  const ratio = mean(ours) / mean(theirs);
  const differences = ours.map((x, i) => x - ratio * (theirs[i] ?? NaN));
  return { ratio, error: standardError(differences) / mean(theirs) };
}
