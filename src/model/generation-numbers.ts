/** Sampling defaults as checkpoints write them: wrong ones are named and ignored, never fatal. */
import { integerOfAtLeast, show } from '../errors/model-file.js';
import { ignored } from '../errors/model-warnings.js';
import type { GenerationDefaults } from './generation-defaults.js';
import {
  CHECKPOINT_ROWS,
  isWhole,
  SAMPLING_PARAMETERS,
  type CheckpointDefault,
  type NumberRange,
  type SamplingName,
  type SamplingParameter,
} from './sampling-parameters.js';

type LengthName = 'maxNewTokens' | 'minNewTokens';
type NumberName = SamplingName | LengthName;

interface Rule extends NumberRange {
  readonly whole: boolean;
  readonly expected: string;
  readonly alsoZero?: number;
}

const length = (least: number): Rule => {
  return { whole: true, least, most: 2 ** 31 - 1, expected: integerOfAtLeast(least) };
};

const RULES: ReadonlyMap<NumberName, Rule> = new Map([
  ...CHECKPOINT_ROWS.map(([name, checkpoint]): [NumberName, Rule] => {
    const parameter: SamplingParameter = SAMPLING_PARAMETERS[name];
    return [name, { ...parameter, ...checkpoint, whole: isWhole(parameter) }];
  }),
  ['maxNewTokens', length(1)],
  ['minNewTokens', length(0)],
]);

/** A default's place in a file: its key, and what stands there. */
export type Given = readonly [key: string, value: unknown];
export type GivenNumbers = Readonly<Partial<Record<NumberName, Given>>>;

/** What a file gives of the sampling parameters; `at` reads it under the name that the format has. */
export function givenSampling(at: (checkpoint: CheckpointDefault) => Given): GivenNumbers {
  return Object.fromEntries(CHECKPOINT_ROWS.map(([name, checkpoint]) => [name, at(checkpoint)]));
}

/** Leaves out what is not given and, with a warning, what is out of range. */
export function checkedNumbers(
  file: string,
  given: GivenNumbers,
  warnings: string[],
): Pick<GenerationDefaults, NumberName> {
  const numbers: Partial<Record<NumberName, number>> = {};
  for (const [name, { whole, least, most, expected, alsoZero }] of RULES) {
    const [key = '', raw] = given[name] ?? [];
    if (raw === undefined) continue;
    const value = raw === alsoZero ? 0 : raw;
    const inRange = typeof value === 'number' && value >= least && value <= most;
    if (inRange && (!whole || Number.isInteger(value))) numbers[name] = value;
    else warnings.push(ignored(file, key, show(raw), `${expected} is expected`));
  }
  return numbers;
}
