/** What is wrong with a load's options is named, by loadModel and by measureModel. */
import t from 'tap';
import {
  COMPUTATIONS,
  KV_CACHE_TYPES,
  QUANTIZATIONS,
  type Computation,
  type KvCacheType,
} from '../../../src/config.js';
import { LIMITS } from '../../../src/model/check-spec.js';
import type { RopePairing } from '../../../src/model/model-spec.js';
import type { LoadOptions } from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { KV_BLOCKS, sampleOptions } from './sample-batch.js';

const addon = loadAddon();
const options = await sampleOptions();

t.test('options: each wrong one is named', (t) => {
  const spec = (change: object) => ({ spec: { ...options.spec, ...change } });
  const rope = (change: object) => spec({ rope: { ...options.spec.rope, ...change } });
  const tensor = (change: object) => ({
    tensors: [{ ...options.tensors[0], ...change }, ...options.tensors.slice(1)],
  });
  const cache = (change: object) => ({
    packedCache: { folder: '/nonexistent', key: '', mostBytes: 1, ...change },
  });
  const wrong: [change: object, message: RegExp, code?: string][] = [
    [{ files: [] }, /^files is empty/],
    [{ files: 'a.gguf' }, /^files is "a\.gguf": expected an array/],
    [{ files: [7] }, /^files\[0\] is 7: expected a string/],
    [{ files: ['a\0b'] }, /^files\[0\] holds a NUL character/],
    [{ files: new Array(2 ** 32 - 1) }, /^files\[0\] is missing/],
    [{ files: ['/nonexistent/model.gguf'] }, /nonexistent/, 'file_unreadable'],
    [{ spec: undefined }, /^spec is missing/],
    [spec({ architecture: 'gpt5' }), /gpt5/, 'unsupported_model'],
    [spec({ architecture: 5 }), /^spec\.architecture is 5/],
    [spec({ layers: 0 }), /^spec\.layers is 0: expected a whole number from 1 to/],
    [spec({ layers: 1.5 }), /^spec\.layers is 1\.5/],
    [spec({ layers: 1e12 }), /^spec\.layers is 1000000000000/],
    [spec({ heads: '3' }), /^spec\.heads is "3"/],
    [spec({ headDim: NaN }), /^spec\.headDim is NaN/],
    [spec({ vocabSize: 2n }), /^spec\.vocabSize is a bigint/],
    [spec({ contextLength: -1 }), /^spec\.contextLength is -1/],
    [spec({ contextLength: Infinity }), /^spec\.contextLength is Infinity/],
    [spec({ rmsNormEpsilon: Infinity }), /^spec\.rmsNormEpsilon is Infinity/],
    [spec({ attentionScale: 1e300 }), /^spec\.attentionScale/],
    [spec({ rope: 3 }), /^spec\.rope is 3/],
    [
      rope({ pairing: 'other' }),
      /^spec\.rope\.pairing is "other": expected one of half, interleaved/,
    ],
    [
      rope({ inverseFrequencies: new Float64Array(8) }),
      /^spec\.rope\.inverseFrequencies is a Float64Array/,
    ],
    [rope({ inverseFrequencies: new Float32Array(1) }), /frequencies/i, 'unsupported_model'],
    [rope({ layers: new Uint8Array(0) }), /layers/, 'unsupported_model'],
    [spec({ qkNorm: 1 }), /^spec\.qkNorm is 1: expected true or false/],
    [spec({ attentionTemperature: undefined }), /^spec\.attentionTemperature is missing/],
    [spec({ attentionTemperature: { floor: 1 } }), /^spec\.attentionTemperature\.scale is missing/],
    [{ tensors: {} }, /^tensors is an object/],
    [{ tensors: [null] }, /^tensors\[0\] is null/],
    [{ tensors: [] }, /./, 'file_malformed'],
    [tensor({ file: 1 }), /^tensors\[0\]\.file is 1: expected a whole number from 0 to 0/],
    [tensor({ format: 'q9_9' }), /q9_9/, 'unsupported_model'],
    [tensor({ rows: 0 }), /^tensors\[0\]\.rows is 0/],
    [tensor({ cols: 2 ** 40 }), /^tensors\[0\]\.cols/],
    [tensor({ offset: -32 }), /^tensors\[0\]\.offset is -32/],
    [tensor({ offset: 2 ** 53 }), /^tensors\[0\]\.offset/],
    [tensor({ offset: 2 ** 53 - 1 }), /./, 'file_malformed'],
    [tensor({ bytes: 0.5 }), /^tensors\[0\]\.bytes is 0\.5/],
    [{ compute: 'gpu' }, /^compute is "gpu": expected one of auto, float/],
    [{ kvCacheType: 'q4' }, /^kvCacheType is "q4": expected one of f16, q8/],
    [{ compute: 'float', kvCacheType: 'q8' }, /^kvCacheType 'q8' and compute 'float' contradict/],
    [{ quantize: 'q3' }, /^quantize is "q3"/],
    [{ threads: 0 }, /^threads is 0/],
    [{ threads: 5000 }, /^threads is 5000/],
    [{ cpus: [0, -1] }, /^cpus\[1\] is -1/],
    [{ pin: 1 }, /^pin is 1: expected true or false/],
    [{ kvBlocks: 0 }, /^kvBlocks is 0/],
    [{ maxRows: 2 ** 31 }, /^maxRows is 2147483648/],
    [{ isa: 'sse9' }, /sse9/, 'isa_unavailable'],
    [{ isa: null }, /^isa is null/],
    [{ packedCache: undefined }, /^packedCache is missing/],
    [cache({ folder: 5 }), /^packedCache\.folder is 5/],
    [cache({ folder: 'a\0b' }), /^packedCache\.folder holds a NUL character/],
    [cache({ key: null }), /^packedCache\.key is null/],
    [cache({ mostBytes: 0 }), /^packedCache\.mostBytes is 0: expected a whole number from 1 to/],
    [cache({ mostBytes: 2 ** 53 }), /^packedCache\.mostBytes/],
    [{ signals: new Int32Array(3) }, /^signals lies in an ArrayBuffer/],
    [{ signals: new Int32Array(new SharedArrayBuffer(8)) }, /^signals has 2 words/],
    [{ signals: new Uint32Array(new SharedArrayBuffer(12)) }, /^signals is a Uint32Array/],
  ];
  for (const [change, message, code = 'invalid_argument'] of wrong) {
    const changed = { ...options, ...change };
    t.throws(() => addon.loadModel(changed), { code, message }, `${code} ${message}`);
    if ('signals' in change || 'packedCache' in change || isAboutFiles(changed)) continue;
    t.throws(() => addon.measureModel(changed), { code, message }, `measured: ${code} ${message}`);
  }
  t.end();
});

/** Whether only the files could show what is wrong: they are missing, or too short. */
function isAboutFiles({ files, tensors }: LoadOptions): boolean {
  return files[0] === '/nonexistent/model.gguf' || tensors[0]?.offset === 2 ** 53 - 1;
}

t.test('measuring says what loading takes, and needs no file', (t) => {
  const model = addon.loadModel(options);
  const { signals: _, ...measured } = options;
  const sizes = addon.measureModel({ ...measured, files: ['/nonexistent/model.gguf'] });
  t.match(model.info, sizes);
  t.ok(Object.isFrozen(sizes));
  t.equal(
    model.info.mappedBytes,
    sizes.weightBytes + sizes.kvPoolBytes + sizes.scratchBytes,
    "the allocator's count",
  );
  t.ok(model.info.peakMappedBytes >= sizes.weightBytes + sizes.loadingBytes);
  t.ok(sizes.kvPoolBytes >= KV_BLOCKS * sizes.kvBlockBytes);
  model.close();
  t.throws(() => addon.measureModel(undefined as never), { code: 'invalid_argument' });
  t.end();
});

t.test('the addon takes the choices of --compute, --quantize and of the RoPE pairing', (t) => {
  const { signals: _, ...measured } = options;
  const pairings = { half: true, interleaved: true } satisfies Record<RopePairing, true>;
  const choices: [string, readonly string[], (choice: string) => Partial<LoadOptions>][] = [
    ['compute', COMPUTATIONS, (compute) => ({ compute: compute as Computation })],
    ['kvCacheType', KV_CACHE_TYPES, (type) => ({ kvCacheType: type as KvCacheType })],
    ['quantize', QUANTIZATIONS, (quantize) => ({ quantize })],
    [
      'spec.rope.pairing',
      Object.keys(pairings),
      (pairing) => ({
        spec: { ...options.spec, rope: { ...options.spec.rope, pairing: pairing as RopePairing } },
      }),
    ],
  ];
  for (const [name, names, change] of choices) {
    for (const choice of names) {
      t.doesNotThrow(() => addon.measureModel({ ...measured, ...change(choice) }), choice);
    }
    t.throws(() => addon.measureModel({ ...measured, ...change('other') }), {
      code: 'invalid_argument',
      message: `${name} is "other": expected one of ${names.join(', ')}`,
    });
  }
  t.strictSame(QUANTIZATIONS, ['none', 'q4_0', 'q4_1', 'q8_0']);
  t.end();
});

t.test("a configuration's limits are the addon's", (t) => {
  const { signals: _, ...measured } = options;
  const fields = {
    layers: LIMITS.layers,
    hiddenSize: LIMITS.width,
    ffnSize: LIMITS.width,
    heads: LIMITS.heads,
    headDim: LIMITS.headDim,
    vocabSize: LIMITS.vocabSize,
    contextLength: LIMITS.context,
  };
  for (const [field, { most }] of Object.entries(fields)) {
    // One head, so that no product of heads and their size is beyond the width first.
    const heads = { heads: 1, kvHeads: 1 };
    const spec = { ...options.spec, ...heads, [field]: most + 1 };
    t.throws(
      () => addon.measureModel({ ...measured, spec }),
      { code: 'unsupported_model', message: new RegExp(` is ${most + 1}: expected 1 to ${most}$`) },
      `${field} ends at ${most}`,
    );
  }
  t.end();
});
