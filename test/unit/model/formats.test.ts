/** The table of formats against the addon's and against the reference blocks. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { TENSOR_FORMATS } from '../../../src/model/formats.js';
import { GOLDEN, REPOSITORY } from '../../support/reference.js';
import { readSafetensors } from '../../support/safetensors.js';

t.test('the rows are those of native/quant', async (t) => {
  const numbers = new Map<string, number>();
  const header = readFileSync(new URL('native/quant/formats.h', REPOSITORY), 'utf8');
  const [, enumeration] = /enum class Format : uint32_t \{([^}]*)\}/.exec(header) ?? [];
  for (const [, name, number] of enumeration.matchAll(/(\w+) = (\d+)/g)) {
    numbers.set(name, Number(number));
  }
  const source = readFileSync(new URL('native/quant/formats.cpp', REPOSITORY), 'utf8');
  const rows = [...source.matchAll(/\{Format::(\w+),\s*"(\w+)",\s*(\w+),.*?Format::(\w+),/g)].map(
    ([, format, name, values, computedAs]) => ({
      name,
      number: numbers.get(format),
      blockValues: values === 'k_block' ? 256 : Number(values),
      computedAs,
    }),
  );
  const byNumber = (a: { number: number | undefined }, b: { number: number | undefined }): number =>
    (a.number ?? 0) - (b.number ?? 0);
  t.strictSame(
    TENSOR_FORMATS.map(({ blockBytes: _, packedBytes: __, ...row }) => row).sort(byNumber),
    rows.sort(byNumber),
  );
});

t.test('block sizes are those of the reference blocks', async (t) => {
  const tensors = readSafetensors(new URL('reference/gguf/dequant.safetensors', GOLDEN));
  const seen = new Set<string>();
  for (const { name, blockValues, blockBytes } of TENSOR_FORMATS) {
    const raw = tensors[`${name.toUpperCase()}.raw`] ?? tensors[`${name}.raw`];
    if (raw === undefined) continue;
    seen.add(name);
    t.equal((raw.shape[1] * blockValues) / 512, blockBytes, name);
  }
  const cases = Object.keys(tensors).filter((name) => name.endsWith('.raw'));
  t.equal(seen.size, cases.length, 'every type of the reference is in the table');
});
