/** The models that speeds are estimated of: what a token of each computes and reads. */
import { readFileSync } from 'node:fs';
import { REPOSITORY } from '../../../test/support/reference.js';
import { formatOfName } from '../../../test/support/formats.js';
import { MIXES } from '../../random-models/mixes.js';
import { SHAPES } from '../../random-models/shapes.js';
import { tensorsOf } from '../../random-models/write-model.js';
import { multiplyAdds, type ByFormat } from '../tokens/multiply-adds.js';

export interface TokenWork {
  readonly name: string;
  /** Multiply-adds, by the format that kernels compute in. */
  readonly layers: ByFormat;
  readonly head: ByFormat;
  /** Of q k^T and of the product with v, for each position that a token sees. */
  readonly attention: number;
  /** Of the weights that a generated token reads. */
  readonly weightBytes: number;
  /** Keys and values in halves, for each position. */
  readonly kvBytes: number;
}

/** Each shape in each mix. */
export function tokenWorks(): TokenWork[] {
  return [...SHAPES].flatMap(([name, shape]) =>
    MIXES.map((mix) => {
      const sums = multiplyAdds(
        tensorsOf(shape, mix).map(({ name: tensor, format, dimensions: [cols = 1, rows = 1] }) => {
          return { name: tensor, format, rows, cols };
        }),
      );
      const layers = computed(sums.layers);
      const head = computed(sums.head);
      const { layers: count, heads, kvHeads, headDim } = shape;
      return {
        name: `${name} ${mix}`,
        ...{ layers, head, weightBytes: bytesOf(layers) + bytesOf(head) },
        attention: 2 * count * heads * headDim,
        kvBytes: 2 * 2 * count * kvHeads * headDim,
      };
    }),
  );
}

interface FormatRow {
  readonly name: string;
  readonly computedAs?: string;
}

/** The same by the formats that the file's are converted to when they are loaded. */
function computed(byFormat: ByFormat): ByFormat {
  const file = new URL('native/quant/formats.json', REPOSITORY);
  const { formats } = JSON.parse(readFileSync(file, 'utf8')) as { formats: FormatRow[] };
  const sums = new Map<string, number>();
  for (const [format, count] of byFormat) {
    const to = formats.find(({ name }) => name === format)?.computedAs ?? format;
    sums.set(to, (sums.get(to) ?? 0) + count);
  }
  return sums;
}

function bytesOf(byFormat: ByFormat): number {
  return [...byFormat].reduce((sum, [format, weights]) => {
    const { blockValues, blockBytes } = formatOfName(format);
    return sum + (weights / blockValues) * blockBytes;
  }, 0);
}
