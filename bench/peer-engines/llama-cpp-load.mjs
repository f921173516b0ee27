// llama.cpp as node-llama-cpp ships it: says how far it is with loading a model, and ends when it has a
// context too. Run by bench/start, which installs the package.
// usage: node llama-cpp-load.mjs MODULES MODEL
import { importPackage } from './open-llama-cpp.mjs';

const [modules, modelPath] = process.argv.slice(2);
const { getLlama } = await importPackage(modules);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
console.log('library loaded');
const model = await llama.loadModel({ modelPath });
console.log('weights loaded');
await model.createContext({ contextSize: 4096 });
process.stdout.write('ready\n', () => process.exit(0));
