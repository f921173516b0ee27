/** What a model file says, in Kinglet's terms, whichever format it came in. */

export const ARCHITECTURES = ['llama4', 'llama', 'qwen2', 'qwen3', 'olmo2'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Hyperparameters, checked. native/model.h has the same fields. */
export interface ModelSpec {
  readonly architecture: Architecture;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly ffnSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  /** Positions that the model can be served at (trained context, RoPE scaling included). */
  readonly contextLength: number;
  /** What holds contextLength below the trained context, e.g. "attention_chunk_size 8192". */
  readonly contextLimitedBy?: string;
  readonly rmsNormEpsilon: number;
  /** Multiplies q·k, usually headDim ** -0.5. */
  readonly attentionScale: number;
  readonly rope: {
    /** `half` pairs (i, i + headDim / 2), `interleaved` (2i, 2i + 1). */
    readonly pairing: 'half' | 'interleaved';
    /** [headDim / 2] radians per position, scaling already applied. */
    readonly inverseFrequencies: Float32Array;
    /** Multiplies cosines and sines (YaRN's attention factor); else 1. */
    readonly magnitude: number;
    /** [layers] 1: RoPE; 0: none (NoPE). */
    readonly layers: Uint8Array;
  };
  /** llama4: parameter-free RMS norm of q and k, per head, after RoPE; layers with RoPE only. */
  readonly qkNorm: boolean;
  /** llama4's NoPE layers: q *= 1 + scale * log(1 + floor((position + 1) / floor)). */
  readonly attentionTemperature: { readonly floor: number; readonly scale: number } | null;
}

/** Where a tensor lies. */
export interface TensorEntry {
  /** GGUF's name ("blk.0.attn_q.weight"), whatever the file was. */
  readonly name: string;
  /** Its name in the file, for messages, where that is another one. */
  readonly nameInFile?: string;
  /** Index of the model's files. */
  readonly file: number;
  /** A name of native/quant/formats.h: "f32", "q4_1", "q6_k" … */
  readonly format: string;
  /** 1 for a vector. */
  readonly rows: number;
  readonly cols: number;
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

/** A bias on a token that follows others. */
export interface SequenceBias {
  /** At least one: the bias is the last one's, where the others stand before it. */
  readonly ids: readonly number[];
  /** Added to the logit. */
  readonly bias: number;
}

/**
 * What generation_config.json asks of every answer, beyond a request's parameters. Tokens are those
 * of prompt and answer together. Absent members ask for nothing.
 */
export interface GenerationRules {
  /** End an answer as a request's own stop strings do. */
  readonly stopStrings?: readonly string[];
  /** Never drawn. */
  readonly suppressTokens?: readonly number[];
  /** Never drawn as an answer's first token. */
  readonly beginSuppressTokens?: readonly number[];
  /** Of several tokens each: the last is never drawn after the others. */
  readonly badWords?: readonly (readonly number[])[];
  readonly sequenceBias?: readonly SequenceBias[];
  /** No sequence of so many tokens comes twice. */
  readonly noRepeatNgramSize?: number;
}

/** Defaults that the checkpoint's generation_config.json asks for; absent ones stay undefined. */
export interface GenerationDefaults extends GenerationRules {
  /** 0: greedy, `do_sample` false too. */
  readonly temperature?: number;
  /** 0: the likeliest token alone. */
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  /** Tokens of an answer whose request gives no limit. */
  readonly maxNewTokens?: number;
  readonly minNewTokens?: number;
}

/** A model found on disk and read, before any memory is taken for it. */
export interface ModelSource {
  readonly kind: 'huggingface' | 'gguf';
  /** The path that was asked for. */
  readonly path: string;
  /** What clients call it unless told otherwise: the file's or folder's name. */
  readonly name: string;
  readonly files: readonly string[];
  readonly spec: ModelSpec;
  readonly tensors: readonly TensorEntry[];
  readonly tokenizer: TokenizerSource;
  readonly generation: GenerationDefaults;
  /** What was ignored, guessed or is not honoured, a sentence each, for the log. */
  readonly warnings: readonly string[];
  /** Names the weights: a hash over headers and sizes, hex, for system_fingerprint. */
  readonly hash: string;
}

/** What tokenizer/ and chat/ need, the same from both file formats. */
export interface TokenizerSource {
  /**
   * A parsed tokenizer.json, not checked (built from a GGUF's tokens and merges where there is none;
   * `model.vocab` may be a Map then).
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
}
