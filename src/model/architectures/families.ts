/** Every model family, under its name in GGUF: a line for each file that holds one. */
export { llama } from './llama.js';
export { llama4 } from './llama4.js';
export { olmo2 } from './olmo2.js';
export { qwen2 } from './qwen2.js';
export { qwen3 } from './qwen3.js';
