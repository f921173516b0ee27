// llama.cpp as node-llama-cpp ships it: the logits of passages, with flash attention and KV in halves, as
// it has them by default. Run by bench/accuracy, which installs the package; reads the passages from stdin
// and writes what a --peer-command of bench/accuracy writes.
// usage: node llama-cpp-logits.mjs MODULES --model FILE --threads T
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { openLlamaCpp } from './open-llama-cpp.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string' }, threads: { type: 'string' } },
});
const [modules] = positionals;
const threads = Number(values.threads);
const passages = await json(process.stdin);

const longest = Math.max(...passages.map(({ length }) => length));
const { native, sampler, vocabulary } = await openLlamaCpp(modules, values.model, threads, {
  contextSize: longest,
  batchSize: longest,
  sequences: 1,
});

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
