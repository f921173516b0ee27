/** What a model file says, in Kinglet's terms, whichever format it came in. */
import type { Architecture } from './architectures/name.js';

/** `half` pairs (i, i + headDim / 2), `interleaved` (2i, 2i + 1). */
export type RopePairing = 'half' | 'interleaved';

/** Hyperparameters, checked. native/model_spec.h has the same fields. */
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
    readonly pairing: RopePairing;
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
  /** A name of native/quant/formats.json: "f32", "q4_1", "q6_k" … */
  readonly format: string;
  /** 1 for a vector. */
  readonly rows: number;
  readonly cols: number;
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}
