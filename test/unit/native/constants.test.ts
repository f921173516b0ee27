/** Constants that TypeScript and C++ both write down. Arrays of a batch: batch-fields.test.ts. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { SERVE_FLAGS } from '../../../src/config.js';
import { HEAD_DIM_MULTIPLE } from '../../../src/model/check-spec.js';
import { SAMPLING_ROWS } from '../../../src/model/sampling-parameters.js';
import {
  CacheWriting,
  KV_BLOCK_TOKENS,
  RowStatus,
  Signal,
  SIGNAL_WORDS,
} from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { REPOSITORY } from '../../support/reference.js';
import { sampleOptions } from './sample-batch.js';

const read = (path: string): string => readFileSync(new URL(path, REPOSITORY), 'utf8');
const camelCase = (name: string): string =>
  name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** The enumerators of a C++ enum and their values. */
function enumerators(path: string, name: string): [name: string, value: number][] {
  const [, body] = new RegExp(`enum (?:class )?${name}\\b[^{]*{([^}]*)}`).exec(read(path)) ?? [];
  if (body === undefined) throw new Error(`${path} has no enum ${name}`);
  const entries = body.replace(/\/\/.*/g, '').match(/\w+(?: = \d+)?/g) ?? [];
  let next = 0;
  return entries.map((entry) => {
    const [enumerator = '', value = String(next)] = entry.split(' = ');
    next = Number(value) + 1;
    return [enumerator, Number(value)];
  });
}

const addon = loadAddon();
const options = await sampleOptions();

t.test("the signals' words have their places", (t) => {
  const words = enumerators('native/platform/signals.h', 'SignalWord');
  const expected = words.map(([name, value]) => [camelCase(name.replace('signal_', '')), value]);
  t.strictSame([...Object.entries(Signal), ['words', SIGNAL_WORDS]], expected);
  t.end();
});

t.test('a load writes the progress where TypeScript reads it', (t) => {
  options.signals.fill(0);
  addon.loadModel(options).close();
  t.strictSame(
    [...options.signals],
    Object.values(Signal).map((word) => (word === Signal.progress ? 1000 : 0)),
  );
  t.end();
});

t.test("a row's status has its numbers", (t) => {
  t.strictSame(
    Object.entries(RowStatus),
    enumerators('native/sampler/sampler.h', 'RowStatus').map(([name, n]) => [camelCase(name), n]),
  );
  t.end();
});

t.test('the states of writing a cache have their numbers', (t) => {
  t.strictSame(
    Object.entries(CacheWriting),
    enumerators('native/platform/signals.h', 'CacheWriting').map(([name, n]) => [
      camelCase(name),
      n,
    ]),
  );
  t.end();
});

t.test('a KV block holds KV_BLOCK_TOKENS', (t) => {
  const model = addon.loadModel(options);
  t.equal(model.info.kvBlockTokens, KV_BLOCK_TOKENS);
  model.close();
  t.end();
});

t.test('what is neutral is what C++ takes for it', (t) => {
  const [, body = ''] = /struct SamplingParameters {([^}]*)}/.exec(
    read('native/sampler/sampler.h'),
  )!;
  const initial = new Map(
    [...body.matchAll(/^ {2}\w+ (\w+) = ([\d.]+)f?;/gm)].map(([, name, value]) => [
      camelCase(name!),
      Number(value),
    ]),
  );
  for (const [name, { neutral }] of SAMPLING_ROWS) t.equal(initial.get(name), neutral, name);
  t.end();
});

t.test("flags and hyperparameters end where the addon's do", (t) => {
  const { signals: _, ...measured } = options;
  const threads = SERVE_FLAGS.find(({ key }) => key === 'threads')!;
  const most = 1024;
  t.equal(threads.parse!(String(most), '--threads'), most);
  t.throws(() => threads.parse!(String(most + 1), '--threads'), { code: 'invalid_flag' });
  t.doesNotThrow(() => addon.measureModel({ ...measured, threads: most }));
  t.throws(() => addon.measureModel({ ...measured, threads: most + 1 }), {
    message: `threads is ${most + 1}: expected a whole number from 1 to ${most}`,
  });
  const spec = { ...options.spec, headDim: HEAD_DIM_MULTIPLE + HEAD_DIM_MULTIPLE / 2 };
  t.throws(() => addon.measureModel({ ...measured, spec }), {
    message: `spec.headDim is ${spec.headDim}: expected a multiple of ${HEAD_DIM_MULTIPLE}`,
  });
  t.end();
});
