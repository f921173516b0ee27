/** Tokens a second that a board would reach, from modelled cycles and from its memory. */
import type { ByFormat } from '../tokens/multiply-adds.js';
import type { Board } from './boards.js';
import type { TokenWork } from './models.js';

export interface Estimate {
  /** Tokens a second of a prompt. */
  readonly prefill: number;
  readonly decode: number;
  /** Whether decode waits for memory rather than for the cores. */
  readonly readsLonger: boolean;
}

/** Cycles of a multiply-add in a kernel, such as "q4_0 gemv". */
export type CyclesOf = (kernel: string) => number;

/** Tokens of the prompt, which a generated token sees, and a prompt's token half of. */
export const PROMPT = 512;
/** The kernels that stand for all of a work: the first is behind a format's name. */
const KERNELS = {
  prefill: { matmul: 'gemm of 64', attention: 'attend_f16 16x3 of 512' },
  decode: { matmul: 'gemv', attention: 'attend_f16 1x3 of 512' },
} as const;

/**
 * Matrices and attention alone, on all cores with nothing lost between them, and weights that come as fast
 * as they are multiplied or as memory gives them. What a board does is less.
 */
export function estimate(
  { cores, gigahertz, gigabytes }: Board,
  { layers, head, attention, weightBytes, kvBytes }: TokenWork,
  cyclesOf: CyclesOf,
): Estimate {
  const seconds = (cycles: number): number => cycles / (cores * gigahertz * 1e9);
  const matrices = (byFormat: ByFormat, kernel: string): number =>
    [...byFormat].reduce(
      (sum, [format, count]) => sum + count * cyclesOf(`${format} ${kernel}`),
      0,
    );
  const { prefill, decode } = KERNELS;
  const ofPrompt =
    matrices(layers, prefill.matmul) + attention * (PROMPT / 2) * cyclesOf(prefill.attention);
  const ofToken =
    matrices(layers, decode.matmul) +
    matrices(head, decode.matmul) +
    attention * PROMPT * cyclesOf(decode.attention);
  const computing = seconds(ofToken);
  const reading = (weightBytes + PROMPT * kvBytes) / (gigabytes * 1e9);
  return {
    prefill: 1 / seconds(ofPrompt),
    decode: 1 / Math.max(computing, reading),
    readsLonger: reading > computing,
  };
}
