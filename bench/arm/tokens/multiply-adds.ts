/** How many multiply-adds of weights a token takes. Those of attention are not among them. */
import type { TensorEntry } from '../../../src/model/model-spec.js';

/** By the format that the weights have in the file. */
export type ByFormat = ReadonlyMap<string, number>;

export interface MultiplyAdds {
  readonly layers: ByFormat;
  /** For tokens after which logits are asked for. */
  readonly head: ByFormat;
}

type Matrix = Pick<TensorEntry, 'name' | 'format' | 'rows' | 'cols'>;

/** Of a model's tensors. */
export function multiplyAdds(tensors: readonly Matrix[]): MultiplyAdds {
  const ownHead = tensors.some(({ name }) => name === 'output.weight');
  const headName = ownHead ? 'output.weight' : 'token_embd.weight';
  const sum = (wanted: (name: string) => boolean): ByFormat => {
    const sums = new Map<string, number>();
    for (const { name, rows, cols, format } of tensors) {
      if (rows === 1 || !wanted(name)) continue;
      sums.set(format, (sums.get(format) ?? 0) + rows * cols);
    }
    return sums;
  };
  return {
    layers: sum((name) => name.startsWith('blk.')),
    head: sum((name) => name === headName),
  };
}

/** Of all formats together. */
export function sumOf(byFormat: ByFormat): number {
  return [...byFormat.values()].reduce((sum, value) => sum + value, 0);
}
