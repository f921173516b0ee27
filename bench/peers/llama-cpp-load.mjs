// llama.cpp as node-llama-cpp ships it: loads a model with a context, says so and ends. Run by
// bench/start, which installs the package.
// usage: node llama-cpp-load.mjs MODULES MODEL
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, modelPath] = process.argv.slice(2);
const entry = createRequire(resolve(modules, 'package.json')).resolve('node-llama-cpp');
const { getLlama } = await import(pathToFileURL(entry).href);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
const model = await llama.loadModel({ modelPath });
await model.createContext({ contextSize: 4096 });
process.stdout.write('loaded\n', () => process.exit(0));
