/** Writes GGUF files for tests, well-formed or not. */

export type Value =
  | { readonly u8: number }
  | { readonly u16: number }
  | { readonly u32: number }
  | { readonly i32: number }
  | { readonly f32: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly i32s: readonly number[] };

/** GGUF's type number and the bytes of a scalar. */
const TYPES = {
  u8: [0, 1],
  u16: [2, 2],
  u32: [4, 4],
  i32: [5, 4],
  f32: [6, 4],
  bool: [7, 1],
  string: [8, 8],
  strings: [9, 8],
  i32s: [9, 4],
} as const;

export interface TensorSpec {
  readonly name: string;
  /** GGUF's order: columns first. */
  readonly dimensions: readonly number[];
  /** GGUF's type number; 0 is f32. */
  readonly type?: number;
  readonly data: Uint8Array;
}

export interface GgufSpec {
  readonly version?: number;
  readonly keys: Readonly<Record<string, Value>>;
  readonly tensors: readonly TensorSpec[];
  readonly alignment?: number;
}

/** Where each field of a header lies, so that a test can overwrite it. */
export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4 | 8;
}

export interface WrittenGguf {
  readonly bytes: Buffer;
  readonly fields: readonly Field[];
  readonly headerBytes: number;
}

/** Lists longer than this are written at once, without a field for each element. */
const MAX_LISTED = 1000;

function joined(list: readonly (string | number)[]): Buffer {
  const sizes = list.map((element) =>
    typeof element === 'string' ? 8 + Buffer.byteLength(element) : 4,
  );
  const buffer = Buffer.alloc(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [i, element] of list.entries()) {
    if (typeof element === 'string') {
      buffer.writeUInt32LE(sizes[i] - 8, at);
      buffer.write(element, at + 8);
    } else {
      buffer.writeInt32LE(element, at);
    }
    at += sizes[i];
  }
  return buffer;
}

export function writeGguf({ version = 3, keys, tensors, alignment = 32 }: GgufSpec): WrittenGguf {
  const parts: Buffer[] = [];
  const fields: Field[] = [];
  let length = 0;
  const push = (bytes: Uint8Array): void => {
    parts.push(Buffer.from(bytes));
    length += bytes.length;
  };
  const number = (name: string, bytes: 1 | 2 | 4 | 8, value: number | bigint): void => {
    fields.push({ name, offset: length, bytes });
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
    push(buffer.subarray(0, bytes));
  };
  const float = (name: string, value: number): void => {
    fields.push({ name, offset: length, bytes: 4 });
    const buffer = Buffer.alloc(4);
    buffer.writeFloatLE(value);
    push(buffer);
  };
  const string = (name: string, text: string): void => {
    number(`length of ${name}`, 8, Buffer.byteLength(text));
    push(Buffer.from(text));
  };

  number('magic', 4, 0x46554747);
  number('version', 4, version);
  number('tensor count', 8, tensors.length);
  number('key count', 8, Object.keys(keys).length);
  for (const [key, value] of Object.entries(keys)) {
    string(`key ${key}`, key);
    const [kind, content] = Object.entries(value)[0] as [keyof typeof TYPES, unknown];
    const [type, bytes] = TYPES[kind];
    number(`type of ${key}`, 4, type);
    if (typeof content === 'string') string(key, content);
    else if (kind === 'f32') float(key, content as number);
    else if (!Array.isArray(content)) number(key, bytes, Number(content));
    else {
      const list = content as (string | number)[];
      number(`element type of ${key}`, 4, kind === 'strings' ? 8 : 5);
      number(`count of ${key}`, 8, list.length);
      if (list.length > MAX_LISTED) {
        push(joined(list));
        continue;
      }
      for (const [i, element] of list.entries()) {
        if (typeof element === 'string') string(`${key}[${i}]`, element);
        else number(`${key}[${i}]`, 4, element);
      }
    }
  }
  let offset = 0;
  for (const { name, dimensions, type = 0, data } of tensors) {
    string(`name of ${name}`, name);
    number(`dimension count of ${name}`, 4, dimensions.length);
    for (const [i, size] of dimensions.entries()) number(`dimension ${i} of ${name}`, 8, size);
    number(`type of ${name}`, 4, type);
    number(`offset of ${name}`, 8, offset);
    offset += Math.ceil(data.length / alignment) * alignment;
  }
  const headerBytes = length;
  const pad = (): void => push(new Uint8Array(Math.ceil(length / alignment) * alignment - length));
  pad();
  for (const { data } of tensors) {
    push(data);
    pad();
  }
  return { bytes: Buffer.concat(parts), fields, headerBytes };
}

/** Hyperparameters and tensors of a llama of one layer, small enough to be mutated everywhere. */
export function tinyLlama(overrides: Readonly<Record<string, Value | null>> = {}): GgufSpec {
  const keys: Record<string, Value> = {
    'general.architecture': { string: 'llama' },
    'general.alignment': { u32: 32 },
    'llama.block_count': { u32: 1 },
    'llama.context_length': { u32: 64 },
    'llama.embedding_length': { u32: 32 },
    'llama.feed_forward_length': { u32: 32 },
    'llama.attention.head_count': { u32: 2 },
    'llama.attention.head_count_kv': { u32: 1 },
    'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
    'llama.rope.freq_base': { f32: 10000 },
    'llama.rope.dimension_count': { u32: 16 },
    'tokenizer.ggml.model': { string: 'gpt2' },
    'tokenizer.ggml.pre': { string: 'llama-bpe' },
    'tokenizer.ggml.tokens': { strings: ['a', 'b', 'ab', '<|eot_id|>'] },
    'tokenizer.ggml.token_type': { i32s: [1, 1, 1, 3] },
    'tokenizer.ggml.merges': { strings: ['a b'] },
    'tokenizer.ggml.eos_token_id': { u32: 3 },
    'tokenizer.ggml.add_bos_token': { bool: false },
  };
  for (const [key, value] of Object.entries(overrides)) {
    if (value === null) delete keys[key];
    else keys[key] = value;
  }
  const matrix = (name: string, cols: number, rows: number): TensorSpec => ({
    name,
    dimensions: [cols, rows],
    type: 2,
    data: new Uint8Array((rows * cols * 18) / 32),
  });
  const vector = (name: string, cols: number): TensorSpec => ({
    name,
    dimensions: [cols],
    data: new Uint8Array(4 * cols),
  });
  return {
    keys,
    tensors: [
      matrix('token_embd.weight', 32, 4),
      vector('output_norm.weight', 32),
      matrix('blk.0.attn_q.weight', 32, 32),
      matrix('blk.0.attn_k.weight', 32, 16),
      matrix('blk.0.attn_v.weight', 32, 16),
      matrix('blk.0.attn_output.weight', 32, 32),
      matrix('blk.0.ffn_gate.weight', 32, 32),
      matrix('blk.0.ffn_up.weight', 32, 32),
      matrix('blk.0.ffn_down.weight', 32, 32),
      vector('blk.0.attn_norm.weight', 32),
      vector('blk.0.ffn_norm.weight', 32),
    ],
  };
}
