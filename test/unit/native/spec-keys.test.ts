/** The addon asks for every hyperparameter that it computes with, and refuses what it can't be. */
import t, { type Test } from 'tap';
import { HEAD_DIM_MULTIPLE } from '../../../src/model/check-spec.js';
import type { ModelSpec } from '../../../src/model/model-spec.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { sampleOptions } from './sample-batch.js';

const addon = loadAddon();
const { signals: _, ...options } = await sampleOptions();
const spec: ModelSpec = { ...options.spec, attentionTemperature: { floor: 8, scale: 0.5 } };

type Rope = ModelSpec['rope'];
type Temperature = NonNullable<ModelSpec['attentionTemperature']>;

/** Values that a key can't have. TypeScript misses a key that is added without any. */
type Illegal<T> = { readonly [Key in keyof Required<T>]: readonly unknown[] };

const NO_SIZE = [0, -1, 1.5, NaN, 2 ** 40, '8', null];
const NO_FLOAT = [NaN, Infinity, 1e300, '1', null];

const ILLEGAL: Illegal<Omit<ModelSpec, 'contextLimitedBy'>> = {
  architecture: [7, null, ''],
  layers: [...NO_SIZE, 1025],
  hiddenSize: NO_SIZE,
  ffnSize: NO_SIZE,
  heads: NO_SIZE,
  kvHeads: [...NO_SIZE, spec.heads - 1, spec.heads + 1],
  headDim: [...NO_SIZE, HEAD_DIM_MULTIPLE - 1, HEAD_DIM_MULTIPLE + 1],
  vocabSize: NO_SIZE,
  contextLength: NO_SIZE,
  rmsNormEpsilon: [...NO_FLOAT, -1e-6],
  attentionScale: NO_FLOAT,
  rope: [3, null],
  qkNorm: [1, 'true', null],
  attentionTemperature: [3, true],
};
const length = spec.headDim / 2;
const ILLEGAL_ROPE: Illegal<Rope> = {
  pairing: ['other', 1, null],
  inverseFrequencies: [
    new Float32Array(length - 1),
    new Float32Array(length + 1),
    new Float32Array(length).fill(Infinity),
    new Float64Array(length),
    [],
  ],
  magnitude: NO_FLOAT,
  layers: [new Uint8Array(spec.layers - 1), new Int8Array(spec.layers), []],
};
const ILLEGAL_TEMPERATURE: Illegal<Temperature> = {
  floor: [...NO_FLOAT, 0, -8],
  scale: NO_FLOAT,
};

function refusal(changed: object): string {
  try {
    addon.measureModel({ ...options, spec: changed as ModelSpec });
    return 'none';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return ['invalid_argument', 'unsupported_model'].includes(code)
      ? message
      : `${code} ${message}`;
  }
}

/** Goes over the keys of one object; `put` puts another in its place. */
function check(
  t: Test,
  path: string,
  whole: object,
  illegal: Readonly<Record<string, readonly unknown[]>>,
  put: (changed: object) => object,
): void {
  t.strictSame(Object.keys(illegal).sort(), Object.keys(whole).sort(), `the keys of ${path}`);
  for (const [key, values] of Object.entries(illegal)) {
    const others = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== key));
    t.equal(refusal(put(others)).split(':')[0], `${path}.${key} is missing`);
    for (const value of values) {
      t.match(
        refusal(put({ ...whole, [key]: value })),
        `${path}.${key}`,
        `${key} ${String(value)}`,
      );
    }
  }
}

t.test('each hyperparameter, missing or illegal, is refused by its name', (t) => {
  t.equal(refusal(spec), 'none');
  const { contextLimitedBy: __, ...read } = spec;
  check(t, 'spec', read, ILLEGAL, (changed) => changed);
  check(t, 'spec.rope', spec.rope, ILLEGAL_ROPE, (rope) => ({ ...spec, rope }));
  check(
    t,
    'spec.attentionTemperature',
    spec.attentionTemperature!,
    ILLEGAL_TEMPERATURE,
    (change) => ({
      ...spec,
      attentionTemperature: change,
    }),
  );
  t.end();
});
