/** Llama 4's text model: layers with RoPE in chunks, and layers without it at a temperature. */
import { MIXTURE_OF_EXPERTS } from '../../errors/model-file.js';
import type { GgufMetadata } from '../gguf/metadata.js';
import type { JsonObject } from '../huggingface/json.js';
import { LLAMA_CPP_DEFAULTS, type ArchitectureRecord } from './architecture.js';
import { allLayersAlike, layerTypes, type LayerKinds } from './layer-kinds.js';
import { attention, attentionBiases, feedForward, preNorms } from './tensor-rows.js';

declare module './name.js' {
  interface ArchitectureNames {
    llama4: true;
  }
}

export const llama4: ArchitectureRecord<'llama4'> = {
  name: 'llama4',
  huggingface: {
    modelType: 'llama4_text',
    className: 'Llama4ForCausalLM',
    // intermediate_size is that of the experts.
    ffnKey: 'intermediate_size_mlp',
    defaults: {
      kvHeads: 8,
      headDim: 128,
      context: 131072,
      ropeTheta: 500000,
      rmsNormEpsilon: 1e-5,
    },
    ropePairing: 'interleaved',
    readLayers: layersByConfig,
  },
  gguf: {
    defaults: LLAMA_CPP_DEFAULTS,
    // The rows stand as in the checkpoint, where pairs lie side by side already.
    ropePairing: 'interleaved',
    readLayers: layersByKeys,
  },
  tensors: [...attention, ...feedForward('feed_forward'), ...preNorms],
  biases: { attention_bias: attentionBiases, mlp_bias: 'refused' },
};

/** Where nothing says otherwise, in transformers as in llama.cpp. */
const NOPE_INTERVAL = 4;
const CHUNK = 8192;
const TEMPERATURE = { floor: 8192, scale: 0.1 };

function layersByConfig(config: JsonObject, layers: number, context: number): LayerKinds {
  const types = layerTypes(config, layers);
  refuseExperts(config, layers);
  const ropeLayers = ropeLayersByConfig(config, layers);
  if (types?.some((type) => type !== 'full_attention' && type !== 'chunked_attention')) {
    throw config.refusal('layer_types', 'full_attention and chunked_attention are built');
  }
  const chunked = types?.includes('chunked_attention') ?? ropeLayers.includes(1);
  const given = config.integer('attention_chunk_size', { least: 1 });
  // null means no chunks, absence the default.
  const chunk = given ?? (config.keys().includes('attention_chunk_size') ? Infinity : CHUNK);
  const limit = chunked ? chunk : Infinity;
  const tuned = Boolean(config.raw('attn_temperature_tuning') ?? true);
  return {
    ropeLayers,
    contextLength: Math.min(context, limit),
    ...(limit < context ? { limitedBy: `attention_chunk_size ${limit}` } : {}),
    qkNorm: config.boolean('use_qk_norm') ?? true,
    temperature:
      tuned && ropeLayers.includes(0)
        ? {
            floor: config.number('floor_scale', { least: 1 }) ?? TEMPERATURE.floor,
            scale: config.number('attn_scale') ?? TEMPERATURE.scale,
          }
        : null,
  };
}

function refuseExperts(config: JsonObject, layers: number): void {
  const listed = config.array('moe_layers');
  const step = config.integer('interleave_moe_layer_step') ?? 1;
  const any = listed === undefined ? step >= 1 && step <= layers : listed.length > 0;
  if (any) {
    throw config.unbuilt(
      listed === undefined ? 'interleave_moe_layer_step' : 'moe_layers',
      MIXTURE_OF_EXPERTS,
    );
  }
}

/** [layers] 1: RoPE, as `no_rope_layers` has it against its name. */
function ropeLayersByConfig(config: JsonObject, layers: number): Uint8Array {
  const listed = config.array('no_rope_layers');
  if (listed !== undefined && listed.length > 0) {
    if (listed.length < layers || !listed.every((value) => value === 0 || value === 1)) {
      throw config.wrong('no_rope_layers', `0 or 1 for each of ${layers} layers`);
    }
    return Uint8Array.from(listed.slice(0, layers) as number[]);
  }
  const interval = config.integer('no_rope_layer_interval', { least: 1 }) ?? NOPE_INTERVAL;
  return ropeLayersByInterval(layers, interval);
}

function ropeLayersByInterval(layers: number, interval: number): Uint8Array {
  return Uint8Array.from({ length: layers }, (_, i) => ((i + 1) % interval === 0 ? 0 : 1));
}

/**
 * As llama.cpp reads llama4: a sliding window of 0 means that every layer attends to everything
 * with RoPE (MobileLLM-R1); else each fourth layer has no RoPE but an attention temperature, and
 * the others attend within chunks, up to the first of which all is the same. No key says that q and
 * k are normed, or how many layers apart those without RoPE are.
 */
function layersByKeys(
  keys: GgufMetadata,
  key: (name: string) => string,
  layers: number,
  context: number,
): LayerKinds {
  const window = keys.integer(key('attention.sliding_window'));
  if (window === 0) return { ...allLayersAlike(layers, context), qkNorm: true };
  const chunk = window ?? CHUNK;
  return {
    ropeLayers: ropeLayersByInterval(layers, NOPE_INTERVAL),
    contextLength: Math.min(context, chunk),
    ...(chunk < context ? { limitedBy: `the attention chunk of ${chunk}` } : {}),
    qkNorm: true,
    temperature: {
      floor: keys.integer(key('attention.temperature_length'), { least: 1 }) ?? TEMPERATURE.floor,
      scale: keys.number(key('attention.temperature_scale')) ?? TEMPERATURE.scale,
    },
  };
}
