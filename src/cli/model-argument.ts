/** What every command takes for its model: `openModel` opens it. */
export const MODEL_ARGUMENT = [
  '<model>',
  'a Hugging Face folder, a GGUF file or a folder that holds one',
] as const;
