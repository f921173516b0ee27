// llama.cpp as node-llama-cpp ships it, driven as `kinglet bench` drives Kinglet: random prompt
// tokens, one decodeBatch a step, greedy. Run by bench/compare, which installs the package.
// usage: node llama-cpp.mjs MODULES MODEL --prompt P --generate G --batch B --threads T --repeats R
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(
    ['prompt', 'generate', 'batch', 'threads', 'repeats'].map((name) => [name, { type: 'string' }]),
  ),
});
const [modules, modelPath] = positionals;
const [prompt, generate, sequences, threads, repeats] = [
  values.prompt ?? 512,
  values.generate ?? 128,
  values.batch ?? 1,
  values.threads ?? 2,
  values.repeats ?? 3,
].map(Number);

const entry = createRequire(resolve(modules, 'package.json')).resolve('node-llama-cpp');
const { getLlama } = await import(pathToFileURL(entry).href);
const llama = await getLlama({
  gpu: false,
  build: 'never',
  logLevel: 'error',
  maxThreads: threads,
});
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({
  contextSize: (prompt + generate) * sequences,
  batchSize: Math.max(512, sequences),
  sequences,
  threads,
  flashAttention: true,
});
// One decodeBatch a step: the package's own queue would time its scheduling too.
const native = context._ctx;
native.setThreads(threads);
const { AddonSampler } = llama._bindings;
const sampler = new AddonSampler(model._model);
sampler.applyConfig({ temperature: 0 });

const vocabulary = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
let state = 1;
const randomToken = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * vocabulary);
};

async function step(rows) {
  native.initBatch(rows.reduce((total, row) => total + row.tokens.length, 0));
  const drawn = rows.map(({ sequence, position, tokens }) =>
    native.addToBatch(
      sequence,
      position,
      Uint32Array.from(tokens),
      Uint32Array.of(tokens.length - 1),
    ),
  );
  await native.decodeBatch();
  const ids = [];
  for (const [index] of drawn) ids.push(await native.sampleToken(index, sampler));
  return ids;
}

async function round() {
  const last = [];
  const started = performance.now();
  for (let sequence = 0; sequence < sequences; sequence++) {
    for (let position = 0; position < prompt; position += 512) {
      const tokens = Array.from({ length: Math.min(512, prompt - position) }, randomToken);
      [last[sequence]] = await step([{ sequence, position, tokens }]);
    }
  }
  const prefilled = performance.now();
  for (let generated = 0; generated < generate; generated++) {
    const rows = last.map((token, sequence) => ({
      sequence,
      position: prompt + generated,
      tokens: [token],
    }));
    last.splice(0, sequences, ...(await step(rows)));
  }
  const ended = performance.now();
  for (let sequence = 0; sequence < sequences; sequence++) native.disposeSequence(sequence);
  return [
    (prompt * sequences * 1e3) / (prefilled - started),
    (generate * sequences * 1e3) / (ended - prefilled),
  ];
}

await round();
const rounds = [];
for (let index = 0; index < repeats; index++) rounds.push(await round());
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
console.log(
  JSON.stringify({
    prefillMedian: median(rounds.map(([prefill]) => prefill)),
    decodeMedian: median(rounds.map(([, decode]) => decode)),
  }),
);
process.exit(0);
