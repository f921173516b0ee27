// llama.cpp as node-llama-cpp ships it, by its native context: the package's own queue would time its
// scheduling too, and its own API gives what its samplers leave of logits.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What was opened stays: the package frees what is collected as garbage. */
const opened = [];

/** The package of a folder that has it in its node_modules. */
export async function importPackage(modules) {
  const entry = createRequire(resolve(modules, 'package.json')).resolve('node-llama-cpp');
  return await import(pathToFileURL(entry).href);
}

/**
 * A context of `contextOptions` with flash attention, and KV in halves as it has them by default; a
 * sampler that chooses the best token; how many tokens there are.
 */
export async function openLlamaCpp(modules, modelPath, threads, contextOptions) {
  const { getLlama } = await importPackage(modules);
  const options = { gpu: false, build: 'never', logLevel: 'error', maxThreads: threads };
  const llama = await getLlama(options);
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ ...contextOptions, threads, flashAttention: true });
  const native = context._ctx;
  native.setThreads(threads);
  const { AddonSampler } = llama._bindings;
  const sampler = new AddonSampler(model._model);
  sampler.applyConfig({ temperature: 0 });
  const vocabulary = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  opened.push({ llama, model, context });
  return { native, sampler, vocabulary };
}
