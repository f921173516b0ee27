/**
 * Files that lie: every field of a GGUF and of a safetensors header is overwritten, every byte
 * changed, and the file cut everywhere. Each time the model is refused with an error that names
 * the file, or opens with all tensors inside its files; nothing crashes, hangs or takes much memory.
 */
import {
  closeSync,
  cpSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { KingletError } from '../../../src/errors.js';
import { openModel } from '../../../src/model/open-model.js';
import type { ModelSource } from '../../../src/model/model-source.js';
import { fileOf } from '../../../src/model/tensor-layout.js';
import { loadTokenizer } from '../../../src/tokenizer/load-tokenizer.js';
import { GOLDEN } from '../../support/reference.js';
import { tinyLlama, writeGguf, type WrittenGguf } from './gguf-writer.js';

const CODES = ['model_not_readable', 'file_malformed', 'unsupported_model'];

interface Outcome {
  readonly source: ModelSource | null;
  readonly message: string;
}

/** Opens a model, makes a GGUF file's tokenizer and checks what may come of it. */
async function open(t: Test, path: string, what: string): Promise<Outcome> {
  try {
    const source = await openModel(path);
    for (const tensor of source.tensors) {
      const { size } = statSync(fileOf(source.files, tensor.file));
      const inside =
        Number.isSafeInteger(tensor.offset) &&
        tensor.offset >= 0 &&
        tensor.bytes > 0 &&
        tensor.offset + tensor.bytes <= size;
      if (!inside) t.fail(`${what}: ${tensor.name} lies outside its file`, { tensor, size });
    }
    const tokenizer = source.readTokenizer();
    if (source.kind === 'gguf') await loadTokenizer(tokenizer);
    return { source, message: '' };
  } catch (error) {
    if (!(error instanceof KingletError) || !CODES.includes(error.code)) {
      t.fail(`${what}: ${(error as Error).stack}`);
      return { source: null, message: String(error) };
    }
    if (!error.message.includes(path)) t.fail(`${what}: the error names no file`, { error });
    return { source: null, message: error.message };
  }
}

/** Values that a field of `bytes` bytes is overwritten with. */
function hostileValues(bytes: number, value: bigint): bigint[] {
  const most = (1n << BigInt(8 * bytes)) - 1n;
  const values = [0n, 1n, most, most >> 1n, (most >> 1n) + 1n, value - 1n, value + 1n, value * 2n];
  if (bytes >= 4) values.push(0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn);
  if (bytes === 8)
    values.push(1n << 32n, 1n << 53n, (1n << 53n) + 1n, (1n << 63n) - 32n, most - 31n);
  return values.map((candidate) => BigInt.asUintN(8 * bytes, candidate));
}

function readField(file: Buffer, offset: number, bytes: number): bigint {
  const wide = Buffer.alloc(8);
  file.copy(wide, 0, offset, offset + bytes);
  return wide.readBigUInt64LE();
}

function withField(file: Buffer, offset: number, bytes: number, value: bigint): Buffer {
  const wide = Buffer.alloc(8);
  wide.writeBigUInt64LE(value);
  const changed = Buffer.from(file);
  wide.copy(changed, offset, 0, bytes);
  return changed;
}

/** Runs `body` and checks that the process's peak grew by less than 100 MB. */
async function withinMemory(t: Test, body: () => Promise<void>): Promise<void> {
  const before = process.resourceUsage().maxRSS;
  await body();
  const grown = (process.resourceUsage().maxRSS - before) / 1000;
  t.ok(grown < 100, `the peak grew by ${grown.toFixed(0)} MB, less than 100`);
}

/** Overwrites a file where it lies: to write thousands of new ones takes minutes on some disks. */
class Rewriter {
  readonly #descriptor: number;

  constructor(t: Test, path: string) {
    this.#descriptor = openSync(path, 'w+');
    t.teardown(() => closeSync(this.#descriptor));
  }

  write(bytes: Uint8Array): void {
    ftruncateSync(this.#descriptor, bytes.length);
    writeSync(this.#descriptor, bytes, 0, bytes.length, 0);
  }

  /** Makes the file shorter or longer; what is added reads as zeros. */
  resize(bytes: number): void {
    ftruncateSync(this.#descriptor, bytes);
  }
}

t.test('GGUF: each field overwritten', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const { bytes, fields } = writeGguf(tinyLlama());
  const file = new Rewriter(t, path);
  file.write(bytes);
  t.equal((await open(t, path, 'as it is')).message, '', 'the file is sound as it is');
  let refused = 0;
  let opened = 0;
  await withinMemory(t, async () => {
    for (const field of fields) {
      const original = readField(bytes, field.offset, field.bytes);
      for (const value of hostileValues(field.bytes, original)) {
        if (value === original) continue;
        file.write(withField(bytes, field.offset, field.bytes, value));
        const outcome = await open(t, path, `${field.name} = ${value}`);
        if (outcome.source === null) refused += 1;
        else opened += 1;
      }
    }
  });
  t.ok(refused > 1000, `${refused} were refused`);
  t.ok(opened > 0 && opened < refused / 2, `${opened} opened with sound tensors`);
});

t.test('GGUF: each byte of the header changed', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const { bytes, headerBytes } = writeGguf(tinyLlama());
  const file = new Rewriter(t, path);
  let refused = 0;
  await withinMemory(t, async () => {
    for (let offset = 0; offset < headerBytes; ++offset) {
      for (const change of [0x01, 0x80, 0xff]) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(offset) ^ change, offset);
        file.write(changed);
        const { source } = await open(t, path, `byte ${offset} ^ ${change}`);
        if (source === null) refused += 1;
      }
    }
  });
  t.ok(refused > headerBytes, `${refused} of ${3 * headerBytes} were refused`);
});

t.test('GGUF: cut at every byte', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const { bytes } = writeGguf(tinyLlama());
  const file = new Rewriter(t, path);
  file.write(bytes);
  const opened: number[] = [];
  for (let size = bytes.length - 1; size >= 0; --size) {
    file.resize(size);
    const { source } = await open(t, path, `cut to ${size}`);
    if (source !== null) opened.push(size);
  }
  t.strictSame(opened, [], 'no part of the file opens');
});

t.test('GGUF: a sparse file of 64 GB takes no memory', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const { bytes, fields } = writeGguf(tinyLlama());
  const file = new Rewriter(t, path);
  await withinMemory(t, async () => {
    for (const { name, offset, bytes: width } of fields) {
      if (!/count|length/.test(name) || width !== 8) continue;
      for (const value of [1n << 20n, 1n << 22n, 1n << 24n, 1n << 35n]) {
        file.write(withField(bytes, offset, width, value));
        file.resize(2 ** 36);
        const { source } = await open(t, path, `${name} = ${value} in a large file`);
        if (source !== null) t.fail(`${name} = ${value} opened`);
      }
    }
  });
});

/** Tests that name what the message must say. */
const NAMED: readonly [what: string, make: () => WrittenGguf, pattern: RegExp][] = [
  [
    'a key twice',
    () => {
      const written = writeGguf(tinyLlama({ 'llama.block_coun2': { u32: 1 } }));
      const at = written.bytes.indexOf('llama.block_coun2');
      written.bytes.write('llama.block_count', at);
      return written;
    },
    /has the key "llama.block_count" twice/,
  ],
  [
    'a tensor twice',
    () => {
      const { keys, tensors } = tinyLlama();
      return writeGguf({ keys, tensors: [...tensors, tensors[0]] });
    },
    /has the tensor "token_embd.weight" twice/,
  ],
  [
    'overlapping tensors',
    () => {
      const written = writeGguf(tinyLlama());
      const field = written.fields.find(({ name }) => name === 'offset of blk.0.ffn_up.weight')!;
      const other = written.fields.find(({ name }) => name === 'offset of blk.0.ffn_gate.weight')!;
      written.bytes.copy(written.bytes, field.offset, other.offset, other.offset + 8);
      return written;
    },
    /tensors "blk.0.ffn_gate.weight" and "blk.0.ffn_up.weight" overlap/,
  ],
  [
    'an alignment that is no power of two',
    () => writeGguf(tinyLlama({ 'general.alignment': { u32: 48 } })),
    /general.alignment is 48 .*power of two/,
  ],
  [
    'an alignment of another type',
    () => writeGguf(tinyLlama({ 'general.alignment': { string: '32' } })),
    /general.alignment is "32" \(string\)/,
  ],
  [
    'a key of another type',
    () => writeGguf(tinyLlama({ 'llama.block_count': { string: 'one' } })),
    /key llama.block_count is "one" \(string\): an integer/,
  ],
  [
    'a missing key',
    () => writeGguf(tinyLlama({ 'llama.embedding_length': null })),
    /has no key llama.embedding_length/,
  ],
  [
    'a missing tensor',
    () => {
      const { keys, tensors } = tinyLlama();
      return writeGguf({ keys, tensors: tensors.slice(0, -1) });
    },
    /has no tensor "blk.0.ffn_norm.weight"/,
  ],
  [
    'a tensor of another shape',
    () => writeGguf(tinyLlama({ 'llama.feed_forward_length': { u32: 64 } })),
    /tensor "blk.0.ffn_gate.weight" is 32 x 32: 64 x 32 is expected/,
  ],
  [
    'more tokens than rows',
    () =>
      writeGguf(
        tinyLlama({
          'tokenizer.ggml.tokens': { strings: ['a', 'b', 'ab', '<|eot_id|>', 'c'] },
        }),
      ),
    /tokenizer.ggml.tokens has 5 tokens: the embedding has 4 rows/,
  ],
  [
    'a token twice',
    () => writeGguf(tinyLlama({ 'tokenizer.ggml.tokens': { strings: ['a', 'b', 'ab', 'a'] } })),
    /tokenizer.ggml.tokens\[3\]: "a" is also token 0/,
  ],
  [
    'a merge of unknown tokens',
    () => writeGguf(tinyLlama({ 'tokenizer.ggml.merges': { strings: ['a b', 'b a'] } })),
    /tokenizer.ggml.merges\[1\]: what it makes is no token: "b a"/,
  ],
  [
    'a merge of one token',
    () => writeGguf(tinyLlama({ 'tokenizer.ggml.merges': { strings: ['a b', 'ab'] } })),
    /tokenizer.ggml.merges\[1\]: expected a pair of tokens/,
  ],
  [
    'no tokens',
    () => writeGguf(tinyLlama({ 'tokenizer.ggml.tokens': { strings: [] } })),
    /tokenizer.ggml.tokens is empty/,
  ],
  [
    'a token that is not UTF-8',
    () => {
      const strings = ['a', 'b', 'ab', '<|eot_id|>'];
      const written = writeGguf(tinyLlama({ 'tokenizer.ggml.tokens': { strings } }));
      written.bytes[written.bytes.indexOf('<|eot_id|>') + 2] = 0xc4;
      return written;
    },
    /key tokenizer.ggml.tokens\[3\] is not UTF-8/,
  ],
  [
    'a merge that is not UTF-8',
    () => {
      const strings = ['a b', 'xy z'];
      const written = writeGguf(tinyLlama({ 'tokenizer.ggml.merges': { strings } }));
      written.bytes[written.bytes.indexOf('xy z') + 1] = 0xc4;
      return written;
    },
    /key tokenizer.ggml.merges\[1\] is not UTF-8/,
  ],
  [
    'an eos of another type',
    () => writeGguf(tinyLlama({ 'tokenizer.ggml.eos_token_id': { f32: 3 } })),
    /key tokenizer.ggml.eos_token_id is 3 \(float32\): an integer/,
  ],
  [
    'text that is not UTF-8',
    () => {
      const written = writeGguf(tinyLlama({ 'general.name': { string: 'xyz' } }));
      written.bytes[written.bytes.indexOf('xyz')] = 0xff;
      return written;
    },
    /key "general.name" is not UTF-8/,
  ],
];

t.test('GGUF: contradictions are named', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const file = new Rewriter(t, path);
  for (const [what, make, pattern] of NAMED) {
    file.write(make().bytes);
    t.match((await open(t, path, what)).message, pattern, what);
  }
});

// safetensors

const CHECKPOINT = fileURLToPath(new URL('reference/checkpoints/smollm2', GOLDEN));

interface Checkpoint {
  readonly folder: string;
  readonly file: Rewriter;
  readonly original: Buffer;
}

/** A copy of a checkpoint, sound as it is, whose model.safetensors each test overwrites. */
async function checkpoint(t: Test): Promise<Checkpoint> {
  const folder = t.testdir();
  cpSync(CHECKPOINT, folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const original = readFileSync(path);
  const file = new Rewriter(t, path);
  file.write(original);
  t.equal((await open(t, folder, 'as it is')).message, '', 'the checkpoint is sound as it is');
  return { folder, file, original };
}

type Header = Record<string, { dtype: unknown; shape: unknown; data_offsets: unknown }>;

function parse(file: Buffer): { header: Header; data: Buffer } {
  const end = 8 + Number(file.readBigUInt64LE());
  return {
    header: JSON.parse(file.toString('utf8', 8, end)) as Header,
    data: file.subarray(end),
  };
}

function assemble(header: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), data]);
}

t.test('safetensors: the length of the header', async (t) => {
  const { folder, file, original } = await checkpoint(t);
  for (const value of hostileValues(8, original.readBigUInt64LE())) {
    if (value === original.readBigUInt64LE()) continue;
    file.write(withField(original, 0, 8, value));
    const { source, message } = await open(t, folder, `header length ${value}`);
    if (source !== null) t.fail(`a header length of ${value} opened`);
    t.match(message, 'model.safetensors');
  }
});

t.test('safetensors: each field of each tensor', async (t) => {
  const { folder, file, original } = await checkpoint(t);
  const { header, data } = parse(original);
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  const replacements: Record<'dtype' | 'shape' | 'data_offsets', unknown[]> = {
    dtype: ['F32', 'F16', 'I64', 'F8_E4M3', 'Q4_0', '', 'toString', null, 7, {}],
    shape: [
      [],
      [0],
      [1],
      [2 ** 53],
      [-1],
      [1.5],
      ['96'],
      [1e300],
      Array(17).fill(1),
      null,
      'x',
      {},
    ],
    data_offsets: [[], [0], [0, 0], [1, 0], [0, 2 ** 53], [-2, 0], [0.5, 1], [0, 1e300], null, {}],
  };
  let refused = 0;
  await withinMemory(t, async () => {
    for (const [name, entry] of entries.slice(0, 8)) {
      const [begin, end] = entry.data_offsets as [number, number];
      const [rows, ...cols] = entry.shape as [number, ...number[]];
      const more: Record<keyof typeof replacements, unknown[]> = {
        dtype: [],
        shape: [
          [rows, ...cols, 2],
          [rows + 1, ...cols],
          [rows - 1, ...cols],
        ],
        data_offsets: [
          [begin + 2, end],
          [begin, end + 2],
          [begin - 2, end - 2],
          [begin + data.length, end + data.length],
        ],
      };
      for (const field of ['dtype', 'shape', 'data_offsets'] as const) {
        for (const value of [...replacements[field], ...more[field]]) {
          if (JSON.stringify(value) === JSON.stringify(entry[field])) continue;
          const changed = { ...header, [name]: { ...entry, [field]: value } };
          file.write(assemble(JSON.stringify(changed), data));
          const what = `${name}.${field} = ${JSON.stringify(value)}`;
          const { source, message } = await open(t, folder, what);
          // F16 in place of BF16 is another sound file.
          if (source !== null && value !== 'F16') t.fail(`${what} opened`);
          if (source === null) {
            refused += 1;
            if (!message.includes('tensor "')) t.fail(`${what}: no tensor is named`, { message });
          }
        }
      }
      const { [name]: _, ...without } = header;
      file.write(assemble(JSON.stringify(without), data));
      const { source } = await open(t, folder, `without ${name}`);
      if (source !== null) t.fail(`a file without ${name} opened`);
    }
  });
  t.ok(refused > 200, `${refused} were refused`);
});

t.test('safetensors: cut, extended and garbled', async (t) => {
  const { folder, file, original } = await checkpoint(t);
  const headerBytes = 8 + Number(original.readBigUInt64LE());
  const sizes = Array.from({ length: headerBytes }, (_, i) => headerBytes - 1 - i);
  file.write(original);
  for (const size of [original.length - 1, original.length - 2, ...sizes]) {
    file.resize(size);
    const { source } = await open(t, folder, `cut to ${size}`);
    if (source !== null) t.fail(`a file cut to ${size} bytes opened`);
  }
  file.write(Buffer.concat([original, Buffer.alloc(2)]));
  t.match((await open(t, folder, 'extended')).message, /2 bytes after its last tensor/);
  for (let offset = 8; offset < headerBytes; offset += 7) {
    const changed = Buffer.from(original);
    changed.writeUInt8(changed.readUInt8(offset) ^ 0x15, offset);
    file.write(changed);
    await open(t, folder, `byte ${offset} changed`);
  }
  for (const text of ['[]', 'null', '3', '"x"', '{', '{"a":', '['.repeat(100_000), '']) {
    file.write(assemble(text, Buffer.alloc(0)));
    const { source } = await open(t, folder, `the header ${text.slice(0, 9)}`);
    if (source !== null) t.fail(`the header ${text.slice(0, 9)} opened`);
  }
});

t.test('JSON files: each key with values of every kind', async (t) => {
  const values = [
    null,
    true,
    false,
    0,
    -1,
    0.5,
    1e308,
    '',
    'x',
    [],
    [0],
    [[]],
    ['x'],
    {},
    { a: 1 },
  ];
  const outcomes = { opened: 0, refused: 0 };
  for (const [name, file] of [
    ['smollm2', 'config.json'],
    ['llama4-nope', 'config.json'],
    ['qwen3', 'config.json'],
    ['smollm2', 'tokenizer_config.json'],
    ['smollm2', 'generation_config.json'],
    ['smollm2', 'tokenizer.json'],
  ] as const) {
    const folder = join(t.testdirName, `${name}-${file}`);
    cpSync(fileURLToPath(new URL(`reference/checkpoints/${name}`, GOLDEN)), folder, {
      recursive: true,
    });
    const original = JSON.parse(readFileSync(join(folder, file), 'utf8')) as object;
    const rewriter = new Rewriter(t, join(folder, file));
    const more = ['rope_scaling', 'chat_template', 'post_processor', 'added_tokens_decoder'];
    const lists = ['extra_special_tokens', 'suppress_tokens', 'bad_words_ids', 'sequence_bias'];
    for (const key of [...Object.keys(original), ...more, ...lists, '__proto__']) {
      for (const value of values) {
        const entries = Object.entries(original).filter(([other]) => other !== key);
        rewriter.write(Buffer.from(JSON.stringify(Object.fromEntries([...entries, [key, value]]))));
        const what = `${name}/${file}: ${key} = ${JSON.stringify(value)}`;
        const { source } = await open(t, folder, what);
        outcomes[source === null ? 'refused' : 'opened'] += 1;
      }
    }
    for (const text of ['', '{', '[]', 'null', '"x"', '\ufeff{}', '\u0000']) {
      rewriter.write(Buffer.from(text));
      const { source } = await open(t, folder, `${file} is ${JSON.stringify(text)}`);
      if (source !== null) t.fail(`${file} is ${JSON.stringify(text)} and opens`);
    }
  }
  t.ok(outcomes.opened > 100 && outcomes.refused > 500, JSON.stringify(outcomes));
});
