/** A model's files as they were read, whichever format they came in. */
import type { GenerationDefaults } from './generation-defaults.js';
import type { ModelSpec, TensorEntry } from './model-spec.js';

/** A model found on disk, its header and hyperparameters read, before any memory is taken for it. */
export interface ModelSource {
  readonly kind: 'huggingface' | 'gguf';
  /** The path that was asked for. */
  readonly path: string;
  /** What clients call it unless told otherwise: the file's or folder's name. */
  readonly name: string;
  readonly files: readonly string[];
  readonly spec: ModelSpec;
  readonly tensors: readonly TensorEntry[];
  /** What in header and config was ignored or guessed, a sentence each, for the log. */
  readonly warnings: readonly string[];
  /** Names the weights: a hash over headers and sizes, hex, for system_fingerprint. */
  readonly hash: string;
  /** Reads vocabulary, chat template and generation defaults. Throws as openModel rejects. */
  readonly readTokenizer: () => TokenizerSource;
}

/** What tokenizer/, chat/ and sampling need, the same from both file formats. */
export interface TokenizerSource {
  /**
   * A parsed tokenizer.json, not checked (built from a GGUF's tokens and merges where there is none:
   * `model.vocab` and `model.merges` are a StringTable each then).
   */
  readonly document: unknown;
  /** Prepended to prompts where the checkpoint says so, or null. */
  readonly bosId: number | null;
  readonly addBos: boolean;
  /** Every id that ends an answer: config, generation_config and tokenizer taken together. */
  readonly eosIds: readonly number[];
  readonly padId: number | null;
  /** Text of the special tokens that templates name, e.g. { bos_token: "<|begin_of_text|>" }. */
  readonly templateTokens: Readonly<Record<string, string>>;
  /** The jinja source, or null where the checkpoint has none. */
  readonly chatTemplate: string | null;
  readonly generation: GenerationDefaults;
  /** What in its files was ignored, guessed or is not honoured, a sentence each, for the log. */
  readonly warnings: readonly string[];
}
