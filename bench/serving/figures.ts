/** What is computed from measured figures. */

/** The value that `share` (0 to 1) of the values are below, one of them; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Unlike Math.max(...values), for any number of values; NaN of none. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => (value > most ? value : most), values[0] ?? NaN);
}

/** The share of values that are at most `limit`; NaN of none. */
export function shareWithin(values: readonly number[], limit: number): number {
  return values.filter((value) => value <= limit).length / values.length;
}

/** Speeds are in tokens a second, of all sequences together. */
export interface EngineSpeed {
  readonly prefill: number;
  readonly decode: number;
}

/** The speed over the time that all of them took together, each for as many tokens. */
export function meanSpeed(speeds: readonly EngineSpeed[]): EngineSpeed {
  const mean = (of: (speed: EngineSpeed) => number): number =>
    speeds.length / speeds.reduce((time, speed) => time + 1 / of(speed), 0);
  return { prefill: mean(({ prefill }) => prefill), decode: mean(({ decode }) => decode) };
}

/**
 * Tokens of answers a second that the engine alone allows where each token of an answer comes with
 * `promptTokens` tokens of prompts that are computed.
 */
export function allowedRate({ prefill, decode }: EngineSpeed, promptTokens: number): number {
  return 1 / (promptTokens / prefill + 1 / decode);
}

export interface Arrivals {
  /** Tokens of answers a second. */
  readonly rate: number;
  /** Tokens of prompts, less what came from the prefix cache, for each token of an answer. */
  readonly promptTokens: number;
  /** CPU seconds a second that the load generator took. */
  readonly generatorCpus: number;
}

/**
 * What arrives as a share of what the engine would have allowed on the part of the machine's CPUs that
 * the load generator left.
 */
export function serverShare(speed: EngineSpeed, arrivals: Arrivals, cpus: number): number {
  const left = (cpus - arrivals.generatorCpus) / cpus;
  return arrivals.rate / (allowedRate(speed, arrivals.promptTokens) * left);
}
