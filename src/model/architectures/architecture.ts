/** What tells one model family from another, as far as its files go. */
import type { GgufMetadata } from '../gguf/metadata.js';
import type { JsonObject } from '../huggingface/json.js';
import type { RopePairing } from '../model-spec.js';
import type { LayerKinds } from './layer-kinds.js';
import type { Architecture } from './name.js';
import type { TensorRow } from './tensor-rows.js';

/**
 * A model family; native/architectures has a file of the same name that computes it. The compiler
 * refuses a name that is not declared, a field that is left out, and a family that families.ts lacks.
 */
export interface ArchitectureRecord<Name extends Architecture = Architecture> {
  /** GGUF's general.architecture. */
  readonly name: Name;
  readonly huggingface: HuggingFaceFamily;
  readonly gguf: GgufFamily;
  /** What every layer has. */
  readonly tensors: readonly TensorRow[];
  /** What config.json's keys for biases mean. */
  readonly biases: Readonly<Record<BiasKey, BiasRule>>;
}

/** What holds where a file is silent. */
export interface Defaults {
  readonly kvHeads: number | 'heads';
  readonly headDim: number | 'hidden / heads';
  readonly ropeTheta: number;
}

interface HuggingFaceFamily {
  /** config.json's model_type. */
  readonly modelType: string;
  /** The first of config.json's architectures. */
  readonly className: string;
  /** The key that holds the feed-forward's width. */
  readonly ffnKey: string;
  /** What transformers takes where config.json is silent. */
  readonly defaults: Defaults & { readonly context: number; readonly rmsNormEpsilon: number };
  /** How the checkpoint's rows of q and k are paired. */
  readonly ropePairing: RopePairing;
  /** `context` is how far RoPE reaches, its scaling included. */
  readonly readLayers: (config: JsonObject, layers: number, context: number) => LayerKinds;
}

interface GgufFamily {
  /** What llama.cpp takes where a key is absent; others are required. */
  readonly defaults: Defaults;
  /** How the rows of q and k are paired once llama.cpp's converter has written them. */
  readonly ropePairing: RopePairing;
  /** `key` puts the architecture's name before a key. */
  readonly readLayers: (
    keys: GgufMetadata,
    key: (name: string) => string,
    layers: number,
    context: number,
  ) => LayerKinds;
}

/** llama.cpp's, which are the same for all of these families. */
export const LLAMA_CPP_DEFAULTS: Defaults = {
  kvHeads: 'heads',
  headDim: 'hidden / heads',
  ropeTheta: 10000,
};

export function defaultKvHeads(defaults: Defaults, heads: number): number {
  return defaults.kvHeads === 'heads' ? heads : defaults.kvHeads;
}

export function defaultHeadDim(defaults: Defaults, hiddenSize: number, heads: number): number {
  return defaults.headDim === 'hidden / heads' ? Math.floor(hiddenSize / heads) : defaults.headDim;
}

export const BIAS_KEYS = ['attention_bias', 'mlp_bias'] as const;
type BiasKey = (typeof BIAS_KEYS)[number];

/**
 * The tensors that a checkpoint has where the key is true; a GGUF file, which has no such key, has
 * each of them in all layers or in none. `ignored`: transformers does not look at the key.
 * `refused`: nor does it, but a model that says so is not what the class computes.
 */
type BiasRule = readonly TensorRow[] | 'ignored' | 'refused';
