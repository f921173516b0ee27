/** The rows of formats.json as TypeScript reads them, against the reference blocks and the addon. */
import { existsSync } from 'node:fs';
import t from 'tap';
import { TENSOR_FORMATS, formatOfNumber, isFloatFormat } from '../../../src/model/formats.js';
import { GOLDEN } from '../../support/reference.js';
import { readSafetensors } from '../../support/safetensors.js';

t.test('a format is found by its number', async (t) => {
  for (const format of TENSOR_FORMATS) t.equal(formatOfNumber(format.number), format);
  t.strictSame(formatOfNumber(12), {
    name: 'q4_k',
    number: 12,
    blockValues: 256,
    blockBytes: 144,
    canQuantize: false,
  });
  t.ok(formatOfNumber(3)?.canQuantize, 'q4_1');
  t.equal(formatOfNumber(2 ** 32 - 1), undefined);
  t.ok(isFloatFormat('bf16'));
  t.notOk(isFloatFormat('q8_0'));
  t.notOk(isFloatFormat('q4'));
});

t.test('block sizes are those of the reference blocks', async (t) => {
  const gguf = readSafetensors(new URL('reference/gguf/dequant.safetensors', GOLDEN));
  for (const { name, blockValues, blockBytes } of TENSOR_FORMATS) {
    if (name === 'f32') continue; // its blocks are their own values
    const other = new URL(`reference/formats/${name}.safetensors`, GOLDEN);
    const tensors = existsSync(other) ? readSafetensors(other) : gguf;
    const find = (part: string): readonly number[] | undefined =>
      tensors[`${name.toUpperCase()}.${part}`]?.shape ?? tensors[`${name}.${part}`]?.shape;
    const [, bytes = NaN] = find('raw') ?? [];
    const [, values = NaN] = find('values') ?? [];
    t.equal((bytes * blockValues) / values, blockBytes, `the reference blocks of ${name}`);
  }
});
