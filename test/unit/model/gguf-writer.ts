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
interface Field {
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

/** GGUF's type numbers. */
const TYPES = { u8: 0, u16: 2, u32: 4, i32: 5, f32: 6, bool: 7, string: 8, list: 9 } as const;

/** A header as it grows. */
class HeaderWriter {
  readonly parts: Buffer[] = [];
  readonly fields: Field[] = [];
  length = 0;

  push(bytes: Uint8Array): void {
    this.parts.push(Buffer.from(bytes));
    this.length += bytes.length;
  }

  number(name: string, bytes: Field['bytes'], value: number | bigint): void {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
    this.#field(name, bytes, buffer);
  }

  float(name: string, value: number): void {
    const buffer = Buffer.alloc(4);
    buffer.writeFloatLE(value);
    this.#field(name, 4, buffer);
  }

  string(name: string, text: string): void {
    this.number(`length of ${name}`, 8, Buffer.byteLength(text));
    this.push(Buffer.from(text));
  }

  value(key: string, value: Value): void {
    const type = (number: number): void => this.number(`type of ${key}`, 4, number);
    if ('strings' in value) {
      type(TYPES.list);
      this.#list(key, TYPES.string, value.strings, (name, text) => this.string(name, text));
    } else if ('i32s' in value) {
      type(TYPES.list);
      this.#list(key, TYPES.i32, value.i32s, (name, number) => this.number(name, 4, number));
    } else if ('string' in value) {
      type(TYPES.string);
      this.string(key, value.string);
    } else if ('f32' in value) {
      type(TYPES.f32);
      this.float(key, value.f32);
    } else if ('u8' in value) {
      type(TYPES.u8);
      this.number(key, 1, value.u8);
    } else if ('u16' in value) {
      type(TYPES.u16);
      this.number(key, 2, value.u16);
    } else if ('u32' in value) {
      type(TYPES.u32);
      this.number(key, 4, value.u32);
    } else if ('i32' in value) {
      type(TYPES.i32);
      this.number(key, 4, value.i32);
    } else {
      type(TYPES.bool);
      this.number(key, 1, Number(value.bool));
    }
  }

  #list<T>(
    key: string,
    elementType: number,
    list: readonly T[],
    write: (name: string, element: T) => void,
  ): void {
    this.number(`element type of ${key}`, 4, elementType);
    this.number(`count of ${key}`, 8, list.length);
    const { length } = this.fields;
    for (const [i, element] of list.entries()) write(`${key}[${i}]`, element);
    if (list.length > MAX_LISTED) this.fields.length = length;
  }

  #field(name: string, bytes: Field['bytes'], buffer: Buffer): void {
    this.fields.push({ name, offset: this.length, bytes });
    this.push(buffer.subarray(0, bytes));
  }
}

export function writeGguf({ version = 3, keys, tensors, alignment = 32 }: GgufSpec): WrittenGguf {
  const header = new HeaderWriter();
  header.number('magic', 4, 0x46554747);
  header.number('version', 4, version);
  header.number('tensor count', 8, tensors.length);
  header.number('key count', 8, Object.keys(keys).length);
  for (const [key, value] of Object.entries(keys)) {
    header.string(`key ${key}`, key);
    header.value(key, value);
  }
  let offset = 0;
  for (const { name, dimensions, type = 0, data } of tensors) {
    header.string(`name of ${name}`, name);
    header.number(`dimension count of ${name}`, 4, dimensions.length);
    for (const [i, size] of dimensions.entries()) {
      header.number(`dimension ${i} of ${name}`, 8, size);
    }
    header.number(`type of ${name}`, 4, type);
    header.number(`offset of ${name}`, 8, offset);
    offset += Math.ceil(data.length / alignment) * alignment;
  }
  const padded = (bytes: Uint8Array): Buffer[] => {
    const rest = Math.ceil(bytes.length / alignment) * alignment - bytes.length;
    return [Buffer.from(bytes), Buffer.alloc(rest)];
  };
  const head = Buffer.concat(header.parts);
  const bytes = Buffer.concat([head, ...tensors.map(({ data }) => data)].flatMap(padded));
  return { bytes, fields: header.fields, headerBytes: head.length };
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

/** A model whose first tensor is the embedding. */
export interface TinyModel extends GgufSpec {
  readonly tensors: readonly [TensorSpec, ...TensorSpec[]];
}

/** Hyperparameters and tensors of a llama of one layer, small enough to be mutated everywhere. */
export function tinyLlama(overrides: Readonly<Record<string, Value | null>> = {}): TinyModel {
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
