/** Sampling defaults as checkpoints write them: wrong ones are named and ignored, never fatal. */
import { show } from './failures.js';
import type { GenerationDefaults } from './generation-defaults.js';

type NumberName =
  'temperature' | 'topP' | 'topK' | 'minP' | 'repetitionPenalty' | 'maxNewTokens' | 'minNewTokens';

const isCount = (value: number): boolean => Number.isInteger(value) && value < 2 ** 31;

const RANGES: Readonly<
  Record<NumberName, readonly [expected: string, ok: (value: number) => boolean]>
> = {
  temperature: ['0 to 100', (value) => value >= 0 && value <= 100],
  topP: ['0 to 1', (value) => value >= 0 && value <= 1],
  topK: ['an integer of at least 0', (value) => isCount(value) && value >= 0],
  minP: ['0 to 1', (value) => value >= 0 && value <= 1],
  // In single precision, in which it is used, a smaller one is 0.
  repetitionPenalty: ['above 0 up to 100', (value) => value >= 2 ** -126 && value <= 100],
  maxNewTokens: ['an integer of at least 1', (value) => isCount(value) && value >= 1],
  minNewTokens: ['an integer of at least 0', (value) => isCount(value) && value >= 0],
};

/** A default's place in a file: its key, and what stands there. */
export type GivenNumbers = Readonly<
  Partial<Record<NumberName, readonly [key: string, value: unknown]>>
>;

/** Leaves out what is not given and, with a warning, what is out of range. A top_k of -1 is 0. */
export function checkedNumbers(
  file: string,
  given: GivenNumbers,
  warnings: string[],
): Pick<GenerationDefaults, NumberName> {
  const numbers: Partial<Record<NumberName, number>> = {};
  for (const [name, [key, raw]] of Object.entries(given) as [NumberName, [string, unknown]][]) {
    if (raw === undefined) continue;
    const value = name === 'topK' && raw === -1 ? 0 : raw;
    const [expected, ok] = RANGES[name];
    if (typeof value === 'number' && ok(value)) numbers[name] = value;
    else warnings.push(`${file}: ${key} ${show(raw)} is ignored: ${expected} is expected`);
  }
  return numbers;
}
