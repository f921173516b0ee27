// llama.cpp as node-llama-cpp ships it: the logits of passages, with flash attention and KV in halves, as
// it has them by default. Run by bench/accuracy, which installs the package; reads the passages from stdin
// and writes what a --peer-command of bench/accuracy writes.
// usage: node llama-cpp-logits.mjs MODULES --model FILE --threads T
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string' }, threads: { type: 'string' } },
});
const [modules] = positionals;
const threads = Number(values.threads);
const passages = await json(process.stdin);

const entry = createRequire(resolve(modules, 'package.json')).resolve('node-llama-cpp');
const { getLlama } = await import(pathToFileURL(entry).href);
const llama = await getLlama({
  gpu: false,
  build: 'never',
  logLevel: 'error',
  maxThreads: threads,
});
const model = await llama.loadModel({ modelPath: values.model });
const longest = Math.max(...passages.map(({ length }) => length));
const context = await model.createContext({
  contextSize: longest,
  batchSize: longest,
  sequences: 1,
  threads,
  flashAttention: true,
});
// The package's own API gives probabilities after its sampler; here are logits, which no sampler touched:
// a temperature of 0 only chooses.
const native = context._ctx;
native.setThreads(threads);
const { AddonSampler } = llama._bindings;
const sampler = new AddonSampler(model._model);
sampler.applyConfig({ temperature: 0 });
const vocabulary = model.fileInfo.metadata.tokenizer.ggml.tokens.length;

async function logitsAt(index) {
  const [, , , pairs] = await native.sampleToken(index, sampler, false, false, true);
  const row = new Float32Array(vocabulary).fill(NaN);
  for (let i = 0; i < pairs.length; i += 2) row[pairs[i]] = pairs[i + 1];
  if (pairs.length === 2 * vocabulary && !row.includes(NaN)) return row;
  throw new Error(`logits of ${pairs.length / 2} tokens, of ${vocabulary}`);
}

for (const tokens of passages) {
  native.initBatch(tokens.length);
  const positions = Uint32Array.from(tokens.keys());
  const indices = native.addToBatch(0, 0, Uint32Array.from(tokens), positions);
  await native.decodeBatch();
  for (const index of indices) {
    const row = await logitsAt(index);
    if (!process.stdout.write(new Uint8Array(row.buffer))) await once(process.stdout, 'drain');
  }
  native.disposeSequence(0);
}
process.stdout.end(() => process.exit(0));
