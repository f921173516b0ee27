/** What people have in place of a model's files is named, and nothing in their place hangs or crashes. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openModel } from '../../../src/model/open-model.js';
import { GOLDEN } from '../../support/reference.js';
import { tinyLlama, writeGguf } from './gguf-writer.js';
import { refusal } from './refusal.js';

const checkpoint = (kind: string, name: string): string =>
  fileURLToPath(new URL(`${kind}/checkpoints/${name}`, GOLDEN));

const LFS = `version https://git-lfs.github.com/spec/v1
oid sha256:${'0'.repeat(64)}
size 269060552
`;

/** A zip as torch.save writes it: stored, with the pickle first. */
const TORCH = Buffer.concat([
  Buffer.from('PK\x03\x04'),
  Buffer.alloc(26),
  Buffer.from('m/data.pkl'),
]);

const FOREIGN: readonly (readonly [content: Buffer, pattern: RegExp])[] = [
  [Buffer.from(LFS), /is a Git LFS pointer, .* "git lfs pull"/],
  [Buffer.from('\n<!DOCTYPE html><html>'), /is a page of HTML or XML/],
  [Buffer.from('<?xml version="1.0"?><Error/>'), /is a page of HTML or XML/],
  [gzipSync('x'), /is a gzip archive: unpack/],
  [Buffer.from('BZh91AY&SY'), /is a bzip2 archive: unpack/],
  [Buffer.from('\xfd7zXZ\0', 'latin1'), /is a xz archive: unpack/],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24]), /is a zstd archive: unpack/],
  [Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]), /is a 7z archive: unpack/],
  [Buffer.concat([Buffer.alloc(257, 'x'), Buffer.from('ustar\x0000')]), /is a tar archive: unpack/],
  [Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(40)]), /is a zip archive: unpack/],
  [TORCH, /is a PyTorch checkpoint/],
  [Buffer.from([0x80, 2, 0x8a, 10, 0x6c, 0xfc]), /is a pickle, as older PyTorch/],
  [Buffer.from([0x80, 5, 0x95, 10, 0, 0]), /is a pickle, as older PyTorch/],
  ...['lmgg', 'fmgg', 'tjgg', 'algg'].map(
    (magic) => [Buffer.from(`${magic}\x03\0\0\0`), /is of a format that came before GGUF/] as const,
  ),
  [Buffer.alloc(0), /is empty: fetch it again/],
];

t.test('a GGUF file', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  for (const [content, pattern] of FOREIGN) {
    writeFileSync(path, content);
    await refusal(t, path, 'file_malformed', pattern);
  }
  const weights = join(checkpoint('reference', 'smollm2'), 'model.safetensors');
  cpSync(weights, path);
  await refusal(t, path, 'file_malformed', /is no GGUF file/);
});

/** Every file of a folder that is opened; those of a sharded one too. */
const FILES: readonly [kind: string, name: string, file: string][] = [
  ['reference', 'smollm2', 'config.json'],
  ['reference', 'smollm2', 'generation_config.json'],
  ['reference', 'smollm2', 'tokenizer.json'],
  ['reference', 'smollm2', 'tokenizer_config.json'],
  ['reference', 'smollm2', 'special_tokens_map.json'],
  ['reference', 'smollm2', 'chat_template.jinja'],
  ['reference', 'smollm2', 'model.safetensors'],
  ['generated', 'yarn-rope-sharded', 'model.safetensors.index.json'],
  ['generated', 'yarn-rope-sharded', 'model-00002-of-00003.safetensors'],
];

for (const [kind, name, file] of FILES) {
  t.test(`${name}/${file}`, async (t) => {
    const folder = join(t.testdir(), name);
    cpSync(checkpoint(kind, name), folder, { recursive: true });
    const path = join(folder, file);
    const named = (pattern: RegExp): RegExp => new RegExp(`/${file}: .*${pattern.source}`);
    for (const [content, pattern] of FOREIGN) {
      writeFileSync(path, content);
      await refusal(t, folder, 'file_malformed', named(pattern));
    }
    for (const [open, close] of [
      ['[', ']'],
      ['{', '}'],
    ] as const) {
      if (file.endsWith('.jinja')) continue;
      const deep = (open === '{' ? '{"a":' : '[').repeat(50_000);
      const nested = Buffer.from(`{"a": ${deep}${open}${close.repeat(50_001)}}`);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(nested.length));
      writeFileSync(path, file.endsWith('.safetensors') ? Buffer.concat([length, nested]) : nested);
      await refusal(t, folder, 'file_malformed', named(/is nested more than 128 deep/));
    }
    const replace = async (make: () => void, pattern: RegExp): Promise<void> => {
      rmSync(path, { recursive: true });
      make();
      await refusal(t, folder, 'model_not_readable', named(pattern));
    };
    await replace(() => execFileSync('mkfifo', [path]), /is not a regular file/);
    await replace(() => mkdirSync(path), /is not a regular file/);
    await replace(() => symlinkSync('/dev/zero', path), /is not a regular file/);
    // As an interrupted download leaves it in the hub's cache.
    await replace(() => symlinkSync('nowhere', path), /cannot be opened/);
  });
}

const root = process.getuid?.() === 0;
t.test('a file without permission', { skip: root ? 'root may read all' : false }, async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  writeFileSync(path, writeGguf(tinyLlama()).bytes, { mode: 0 });
  await refusal(t, path, 'model_not_readable', /model.gguf: cannot be opened \(EACCES/);
});

t.test('a pipe in place of a GGUF file', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  execFileSync('mkfifo', [path]);
  await refusal(t, path, 'model_not_readable', /is not a regular file/);
});

t.test('strings may hold as many brackets as they like', async (t) => {
  const folder = join(t.testdir(), 'model');
  cpSync(checkpoint('reference', 'smollm2'), folder, { recursive: true });
  const path = join(folder, 'generation_config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as object;
  const stop = '\\"[{'.repeat(200);
  writeFileSync(path, JSON.stringify({ ...config, stop_strings: [stop] }));
  t.strictSame((await openModel(folder)).readTokenizer().generation.stopStrings, [stop]);
});

t.test('a safetensors header whose length looks like a gzip file', async (t) => {
  const folder = join(t.testdir(), 'model');
  cpSync(checkpoint('reference', 'smollm2'), folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const file = readFileSync(path);
  const end = 8 + Number(file.readBigUInt64LE());
  // A header may end in spaces.
  const length = 0x8b1f;
  const header = Buffer.alloc(8 + length, ' ');
  header.writeBigUInt64LE(BigInt(length));
  file.copy(header, 8, 8, end);
  writeFileSync(path, Buffer.concat([header, file.subarray(end)]));
  t.equal((await openModel(folder)).spec.layers, 3);
});

t.test('GGUF arrays of arrays are refused at the first', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const { bytes, fields } = writeGguf(tinyLlama());
  const field = fields.find(({ name }) => name === 'element type of tokenizer.ggml.tokens')!;
  bytes.writeUInt32LE(9, field.offset);
  writeFileSync(path, bytes);
  await refusal(t, path, 'unsupported_model', /tokenizer.ggml.tokens" is an array of arrays/);
});
