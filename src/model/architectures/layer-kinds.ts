/** What may differ from layer to layer, and how families without such layers read it. */
import { slidingWindow, unsupported } from '../../errors/model-file.js';
import type { GgufMetadata } from '../gguf/metadata.js';
import type { JsonObject } from '../huggingface/json.js';
import type { ModelSpec } from '../model-spec.js';

export interface LayerKinds {
  /** [layers] 1: RoPE, 0: none. */
  readonly ropeLayers: Uint8Array;
  /** How far the model can be served: attention to everything is the same as its layers' up to here. */
  readonly contextLength: number;
  /** What holds that below the context that was asked about. */
  readonly limitedBy?: string;
  readonly qkNorm: ModelSpec['qkNorm'];
  readonly temperature: ModelSpec['attentionTemperature'];
}

/** RoPE and attention to everything in each layer. */
export function allLayersAlike(layers: number, context: number): LayerKinds {
  return {
    ropeLayers: new Uint8Array(layers).fill(1),
    contextLength: context,
    qkNorm: false,
    temperature: null,
  };
}

/** Refuses a config.json that wants a window shorter than the context. */
export function fullAttentionByConfig(
  config: JsonObject,
  layers: number,
  context: number,
): LayerKinds {
  const window = windowOf(config, layers, layerTypes(config, layers));
  if (window !== null && window < context) {
    throw config.refusal('sliding_window', slidingWindow(context));
  }
  return allLayersAlike(layers, context);
}

/** The same of GGUF's keys. */
export function fullAttentionByKeys(
  keys: GgufMetadata,
  key: (name: string) => string,
  layers: number,
  context: number,
): LayerKinds {
  const window = keys.integer(key('attention.sliding_window'));
  if (window !== undefined && window > 0 && window < context) {
    throw unsupported(
      keys.file,
      `key ${key('attention.sliding_window')} is ${window}: ${slidingWindow(context)}`,
    );
  }
  return allLayersAlike(layers, context);
}

/** config.json's layer_types, one for each layer, or undefined. */
export function layerTypes(config: JsonObject, layers: number): readonly unknown[] | undefined {
  const types = config.array('layer_types');
  if (types !== undefined && types.length < layers) {
    throw config.wrong('layer_types', `one entry for each of ${layers} layers`);
  }
  return types?.slice(0, layers);
}

/** The window of those layers that have one, or null. */
function windowOf(
  config: JsonObject,
  layers: number,
  types: readonly unknown[] | undefined,
): number | null {
  const used = config.boolean('use_sliding_window') ?? false;
  // Read only where a layer uses it: others may hold anything.
  const window = (): number | null =>
    config.keys().includes('sliding_window')
      ? (config.integer('sliding_window', { least: 1 }) ?? null)
      : 4096;
  if (types !== undefined) {
    if (types.every((type) => type === 'full_attention')) return null;
    const unknown = types.find((type) => type !== 'full_attention' && type !== 'sliding_attention');
    if (unknown !== undefined) throw config.unbuilt('layer_types');
    return window();
  }
  const first = config.integer('max_window_layers') ?? 28;
  if (!used || first >= layers) return null;
  return window();
}
