/** Which tensors a model of each architecture has, under GGUF's and Hugging Face's names. */
import { malformed, show, unsupported } from '../errors/model-file.js';
import { isFloatFormat } from './formats.js';
import type { ModelSource } from './model-source.js';
import type { Architecture, ModelSpec, TensorEntry } from './model-spec.js';

type Sizes = Pick<
  ModelSpec,
  'hiddenSize' | 'ffnSize' | 'heads' | 'kvHeads' | 'headDim' | 'vocabSize'
>;

/** A tensor of one layer, or of the model where `layer` is absent from its name. */
interface LayoutRow {
  /** GGUF's name, without "blk.N.". */
  readonly gguf: string;
  /** Hugging Face's, without "model.layers.N.". */
  readonly huggingface: string;
  /** [rows, cols]; a vector has one row. */
  readonly shape: (sizes: Sizes) => readonly [rows: number, cols: number];
}

const row = (gguf: string, huggingface: string, shape: LayoutRow['shape']): LayoutRow => ({
  gguf,
  huggingface,
  shape,
});

const vector =
  (length: (sizes: Sizes) => number): LayoutRow['shape'] =>
  (sizes) => [1, length(sizes)];

const hidden = vector((s) => s.hiddenSize);
const queryWidth = (s: Sizes): number => s.heads * s.headDim;
const keyWidth = (s: Sizes): number => s.kvHeads * s.headDim;

const attention = [
  row('attn_q.weight', 'self_attn.q_proj.weight', (s) => [queryWidth(s), s.hiddenSize]),
  row('attn_k.weight', 'self_attn.k_proj.weight', (s) => [keyWidth(s), s.hiddenSize]),
  row('attn_v.weight', 'self_attn.v_proj.weight', (s) => [keyWidth(s), s.hiddenSize]),
  row('attn_output.weight', 'self_attn.o_proj.weight', (s) => [s.hiddenSize, queryWidth(s)]),
];

const feedForward = (module: string): LayoutRow[] => [
  row('ffn_gate.weight', `${module}.gate_proj.weight`, (s) => [s.ffnSize, s.hiddenSize]),
  row('ffn_up.weight', `${module}.up_proj.weight`, (s) => [s.ffnSize, s.hiddenSize]),
  row('ffn_down.weight', `${module}.down_proj.weight`, (s) => [s.hiddenSize, s.ffnSize]),
];

const normsBefore = [
  row('attn_norm.weight', 'input_layernorm.weight', hidden),
  row('ffn_norm.weight', 'post_attention_layernorm.weight', hidden),
];

const LAYERS: Readonly<Record<Architecture, readonly LayoutRow[]>> = {
  llama4: [...attention, ...feedForward('feed_forward'), ...normsBefore],
  llama: [...attention, ...feedForward('mlp'), ...normsBefore],
  qwen2: [
    ...attention,
    row('attn_q.bias', 'self_attn.q_proj.bias', vector(queryWidth)),
    row('attn_k.bias', 'self_attn.k_proj.bias', vector(keyWidth)),
    row('attn_v.bias', 'self_attn.v_proj.bias', vector(keyWidth)),
    ...feedForward('mlp'),
    ...normsBefore,
  ],
  qwen3: [
    ...attention,
    row(
      'attn_q_norm.weight',
      'self_attn.q_norm.weight',
      vector((s) => s.headDim),
    ),
    row(
      'attn_k_norm.weight',
      'self_attn.k_norm.weight',
      vector((s) => s.headDim),
    ),
    ...feedForward('mlp'),
    ...normsBefore,
  ],
  olmo2: [
    ...attention,
    row('attn_q_norm.weight', 'self_attn.q_norm.weight', vector(queryWidth)),
    row('attn_k_norm.weight', 'self_attn.k_norm.weight', vector(keyWidth)),
    ...feedForward('mlp'),
    row('post_attention_norm.weight', 'post_attention_layernorm.weight', hidden),
    row('post_ffw_norm.weight', 'post_feedforward_layernorm.weight', hidden),
  ],
};

export const EMBEDDING = 'token_embd.weight';
export const OUTPUT = 'output.weight';
/** Divisors of RoPE's frequencies, which are read into the spec. */
export const ROPE_DIVISORS = 'rope_freqs.weight';

const MODEL: readonly LayoutRow[] = [
  row(EMBEDDING, 'model.embed_tokens.weight', (s) => [s.vocabSize, s.hiddenSize]),
  row('output_norm.weight', 'model.norm.weight', hidden),
  row(OUTPUT, 'lm_head.weight', (s) => [s.vocabSize, s.hiddenSize]),
];

/** Buffers that older checkpoints hold; they follow from the configuration. */
const COMPUTED = /(^|\.)(rotary_emb\.inv_freq|attn_rot_embd(\.weight)?)$/;

/**
 * GGUF's name of a Hugging Face tensor; null where it can be left out. Throws `unsupported_model`
 * for a tensor that the architecture doesn't have.
 */
export function ggufName(file: string, architecture: Architecture, name: string): string | null {
  if (COMPUTED.test(name)) return null;
  const found = MODEL.find((entry) => entry.huggingface === name);
  if (found !== undefined) return found.gguf;
  const [, layer, rest] = /^model\.layers\.(0|[1-9]\d{0,4})\.(.*)$/.exec(name) ?? [];
  const entry = LAYERS[architecture].find((candidate) => candidate.huggingface === rest);
  if (entry === undefined) throw unknownTensor(file, architecture, name);
  return `blk.${layer}.${entry.gguf}`;
}

function unknownTensor(file: string, architecture: Architecture, name: string): Error {
  return unsupported(file, `tensor ${show(name)} is unknown to the architecture ${architecture}`);
}

/** How a file calls a tensor that it should have. */
function nameIn(naming: ModelSource['kind'], architecture: Architecture, gguf: string): string {
  if (naming === 'gguf') return gguf;
  const found = MODEL.find((entry) => entry.gguf === gguf);
  if (found !== undefined) return found.huggingface;
  const [, layer, rest] = /^blk\.(\d+)\.(.*)$/.exec(gguf)!;
  const entry = LAYERS[architecture].find((candidate) => candidate.gguf === rest)!;
  return `model.layers.${layer}.${entry.huggingface}`;
}

/**
 * Checks that a model has exactly the tensors of its architecture, in the right shapes, and returns
 * them in the order in which a step uses them. Without a tensor for the output, the embedding
 * serves as one if `mayTie`. Errors call tensors as a file of this kind does.
 */
export function arrangeTensors(
  naming: ModelSource['kind'],
  files: readonly string[],
  spec: ModelSpec,
  tensors: readonly TensorEntry[],
  mayTie: boolean,
): TensorEntry[] {
  const left = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const head = left.get(OUTPUT);
  if (mayTie && naming === 'huggingface' && head !== undefined && !left.has(EMBEDDING)) {
    // As transformers, which ties either to the one that is there.
    left.set(EMBEDDING, { ...head, name: EMBEDDING });
    left.delete(OUTPUT);
  }
  const arranged: TensorEntry[] = [];
  const take = (name: string, shape: readonly [number, number]): void => {
    const tensor = left.get(name);
    if (tensor === undefined) {
      const expected = nameIn(naming, spec.architecture, name);
      throw malformed(files[0], `has no tensor ${show(expected)} (${spec.architecture})`);
    }
    checkTensor(files[tensor.file], tensor, shape);
    arranged.push(tensor);
    left.delete(name);
  };

  for (const { gguf, shape } of MODEL) {
    if (gguf === OUTPUT && mayTie && !left.has(OUTPUT)) continue;
    take(gguf, shape(spec));
  }
  for (let layer = 0; layer < spec.layers; ++layer) {
    for (const { gguf, shape } of LAYERS[spec.architecture]) {
      take(`blk.${layer}.${gguf}`, shape(spec));
    }
  }
  for (const [name, tensor] of left) {
    if (name === ROPE_DIVISORS || COMPUTED.test(name)) continue;
    throw unknownTensor(files[tensor.file], spec.architecture, tensor.nameInFile ?? name);
  }
  return arranged;
}

function checkTensor(
  file: string,
  tensor: TensorEntry,
  [rows, cols]: readonly [number, number],
): void {
  const what = `tensor ${show(tensor.nameInFile ?? tensor.name)}`;
  if (tensor.rows !== rows || tensor.cols !== cols) {
    throw malformed(
      file,
      `${what} is ${tensor.rows} x ${tensor.cols}: ${rows} x ${cols} is expected`,
    );
  }
  if (rows === 1 && !isFloatFormat(tensor.format)) {
    throw unsupported(
      file,
      `${what} is a vector in ${tensor.format}: f32, f16 or bf16 is expected`,
    );
  }
}
