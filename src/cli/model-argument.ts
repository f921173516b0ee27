const DESCRIPTION = 'a Hugging Face folder, a GGUF file or a folder that holds one';

/** What every command takes for its model: `openModel` opens it. */
export const MODEL_ARGUMENT = ['<model>', DESCRIPTION] as const;

/** The same where the shipped model is taken if none is named. */
export const OPTIONAL_MODEL_ARGUMENT = [
  '[model]',
  `${DESCRIPTION}; without it the model that ships with Kinglet`,
] as const;
