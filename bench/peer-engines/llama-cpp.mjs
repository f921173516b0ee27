// llama.cpp as node-llama-cpp ships it, driven as `kinglet bench` drives Kinglet: random prompt
// tokens, one decodeBatch a step, greedy. Run by bench/peers, which installs the package; prints what
// a --peer-command prints.
// usage: node llama-cpp.mjs MODULES --model FILE --prompt P --generate G --batch B --threads T
import { parseArgs } from 'node:util';
import { openLlamaCpp } from './open-llama-cpp.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(
    ['model', 'prompt', 'generate', 'batch', 'threads'].map((name) => [name, { type: 'string' }]),
  ),
});
const [modules] = positionals;
const [prompt, generate, sequences, threads] = [
  values.prompt,
  values.generate,
  values.batch,
  values.threads,
].map(Number);

const { native, sampler, vocabulary } = await openLlamaCpp(modules, values.model, threads, {
  contextSize: (prompt + generate) * sequences,
  batchSize: Math.max(512, sequences),
  sequences,
});

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

async function round(length, steps) {
  const last = [];
  const started = performance.now();
  for (let sequence = 0; sequence < sequences; sequence++) {
    for (let position = 0; position < length; position += 512) {
      const tokens = Array.from({ length: Math.min(512, length - position) }, randomToken);
      [last[sequence]] = await step([{ sequence, position, tokens }]);
    }
  }
  const prefilled = performance.now();
  for (let generated = 0; generated < steps; generated++) {
    const rows = last.map((token, sequence) => ({
      sequence,
      position: length + generated,
      tokens: [token],
    }));
    last.splice(0, sequences, ...(await step(rows)));
  }
  const ended = performance.now();
  for (let sequence = 0; sequence < sequences; sequence++) native.disposeSequence(sequence);
  return {
    prefill: (length * sequences * 1e3) / (prefilled - started),
    decode: (steps * sequences * 1e3) / (ended - prefilled),
  };
}

// Touches every page of the weights and is not counted; a long prompt touches the rest itself.
await round(Math.min(prompt, 512), Math.min(generate, 128));
console.log(JSON.stringify(await round(prompt, generate)));
process.exit(0);
