/** Reads what differs from layer to layer out of a config.json: RoPE, windows, chunks, experts. */
import type { Architecture, ModelSpec } from '../model-spec.js';
import type { JsonObject } from './json.js';

export interface LayerKinds {
  readonly ropeLayers: Uint8Array;
  readonly contextLength: number;
  readonly limitedBy: string | undefined;
  readonly temperature: ModelSpec['attentionTemperature'];
}

/** Which layers have RoPE, and how far attention to everything is the same as theirs. */
export function readLayerKinds(
  config: JsonObject,
  architecture: Architecture,
  layers: number,
  context: number,
): LayerKinds {
  const types = config.array('layer_types');
  if (types !== undefined && types.length < layers) {
    throw config.wrong('layer_types', `one entry for each of ${layers} layers`);
  }
  if (architecture !== 'llama4') {
    const window = slidingWindow(config, layers, types);
    if (window !== null && window < context) {
      throw config.refusal(
        'sliding_window',
        `sliding-window attention is not built, and the context of ${context} is longer`,
      );
    }
    return {
      ropeLayers: new Uint8Array(layers).fill(1),
      contextLength: context,
      limitedBy: undefined,
      temperature: null,
    };
  }

  refuseExperts(config, layers);
  const ropeLayers = readRopeLayers(config, layers);
  const chunk = config.integer('attention_chunk_size', { least: 1 });
  const chunked =
    types === undefined
      ? ropeLayers.includes(1)
      : types.slice(0, layers).some((type) => type !== 'full_attention');
  for (const type of types ?? []) {
    if (type !== 'full_attention' && type !== 'chunked_attention') {
      throw config.refusal('layer_types', 'full_attention and chunked_attention are built');
    }
  }
  const attentionChunk = config.keys().includes('attention_chunk_size') ? chunk : 8192;
  const limit = chunked ? (attentionChunk ?? Infinity) : Infinity;
  const tuned = Boolean(config.raw('attn_temperature_tuning') ?? true);
  return {
    ropeLayers,
    contextLength: Math.min(context, limit),
    limitedBy: limit < context ? `attention_chunk_size ${limit}` : undefined,
    temperature:
      tuned && ropeLayers.includes(0)
        ? {
            floor: config.number('floor_scale', { least: 1 }) ?? 8192,
            scale: config.number('attn_scale') ?? 0.1,
          }
        : null,
  };
}

/** The window of those layers that have one, or null. */
function slidingWindow(
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
    const kinds = types.slice(0, layers);
    if (kinds.every((type) => type === 'full_attention')) return null;
    const unknown = kinds.find((type) => type !== 'full_attention' && type !== 'sliding_attention');
    if (unknown !== undefined) throw config.refusal('layer_types', 'this is not built');
    return window();
  }
  const first = config.integer('max_window_layers') ?? 28;
  if (!used || first >= layers) return null;
  return window();
}

function refuseExperts(config: JsonObject, layers: number): void {
  const listed = config.array('moe_layers');
  const step = config.integer('interleave_moe_layer_step') ?? 1;
  const any = listed === undefined ? step >= 1 && step <= layers : listed.length > 0;
  if (any) {
    throw config.refusal(
      listed === undefined ? 'interleave_moe_layer_step' : 'moe_layers',
      'mixture of experts is not built',
    );
  }
}

/** [layers] 1: RoPE, as `no_rope_layers` has it against its name. */
function readRopeLayers(config: JsonObject, layers: number): Uint8Array {
  const listed = config.array('no_rope_layers');
  if (listed !== undefined && listed.length > 0) {
    if (listed.length < layers || !listed.every((value) => value === 0 || value === 1)) {
      throw config.wrong('no_rope_layers', `0 or 1 for each of ${layers} layers`);
    }
    return Uint8Array.from(listed.slice(0, layers) as number[]);
  }
  const interval = config.integer('no_rope_layer_interval', { least: 1 }) ?? 4;
  return Uint8Array.from({ length: layers }, (_, i) => ((i + 1) % interval === 0 ? 0 : 1));
}
